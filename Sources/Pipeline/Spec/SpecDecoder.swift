/// Turns the nodes of a file into a `PipelineSpec`, by the key table.
///
/// A wrong part is reported and left out, so that one pass lists everything that is wrong.
struct SpecDecoder {
    var diagnostics: DiagnosticList
    /// `finally` may stand before `steps`.
    private var finalSteps: [StepSpec] = []

    private init(diagnostics: DiagnosticList) {
        self.diagnostics = diagnostics
    }

    /// The spec, as far as it could be read.
    static func decode(
        _ root: YAMLNode,
        reporting diagnostics: inout DiagnosticList
    ) -> PipelineSpec {
        var decoder = SpecDecoder(diagnostics: diagnostics)
        let spec = decoder.pipeline(root)
        diagnostics = decoder.diagnostics
        return spec
    }

    private mutating func pipeline(_ root: YAMLNode) -> PipelineSpec {
        var spec = PipelineSpec()
        // `defaults` and `steps` may come in any order; nothing here depends on it.
        let entries = eachEntry(of: root, as: .pipeline) { decoder, entry in
            decoder.pipelineEntry(entry, into: &spec)
        }
        if let entries, !entries.contains(where: { $0.key.text == "steps" }) {
            report(.missingKey("steps", "the pipeline"), at: root.offset)
        }
        spec.steps += finalSteps
        return spec
    }

    private mutating func pipelineEntry(_ entry: YAMLEntry, into spec: inout PipelineSpec) {
        let value = entry.value
        switch entry.key.text {
        case "name": spec.name = text(value, of: "name")
        case "description": spec.description = text(value, of: "description", mayBeEmpty: true)
        case "params": spec.params = params(value)
        case "secrets": spec.secrets = secretNames(value, mayBeSingle: false)
        case "env": spec.env = environment(value) ?? []
        case "timeout": spec.timeout = timeout(value)
        case "workers": spec.workers = integer(value, in: 1...Limits.workers)
        case "failure": spec.failure = choice(value)?.value
        case "recoveries": spec.recoveries = integer(value, in: 0...Limits.recoveriesMax)
        case "defaults":
            eachEntry(of: value, as: .defaults) { decoder, entry in
                decoder.setting(entry, into: &spec.defaults)
            }
        case "steps": (spec.steps, spec.isSequence) = steps(value, of: "steps")
        case "finally":
            (finalSteps, spec.isFinalSequence) = steps(value, of: "finally")
            for index in finalSteps.indices { finalSteps[index].isFinal = true }
        case "pools": spec.pools = pools(value)
        case "rate_limits": spec.rateLimits = rateLimits(value)
        case "breakers": spec.breakers = breakers(value)
        case "schedule": spec.schedules = schedules(value)
        default: break
        }
    }

    mutating func report(_ fault: @autoclosure () -> ValueFault, at offset: Int) {
        diagnostics.report(fault(), at: offset)
    }

    /// Calls `body` for each entry whose key the table knows and supports; reports the others.
    ///
    /// - Returns: all entries, or `nil` if the node is no map.
    @discardableResult
    mutating func eachEntry(
        of node: YAMLNode,
        as scope: KeyTable.Scope,
        _ body: (inout SpecDecoder, YAMLEntry) -> Void
    ) -> [YAMLEntry]? {
        guard let entries = mapping(node, advice: nil) else { return nil }
        for entry in entries {
            let key = entry.key.text
            guard let row = KeyTable.row(key, in: scope) else {
                report(SpecDecoder.unknownKey(key, in: scope), at: entry.keyOffset)
                continue
            }
            guard row.isSupported else {
                report(.notSupported(key), at: entry.keyOffset)
                continue
            }
            if isNull(entry.value) {
                report(.noValue(key), at: entry.keyOffset)
            } else {
                body(&self, entry)
            }
        }
        return entries
    }

    private static func unknownKey(_ key: String, in scope: KeyTable.Scope) -> ValueFault {
        let known = KeyTable.rows(of: scope).map(\.name)
        let suggestion = NameSuggestion.nearest(to: key, among: known)
        return .unknownKey(key, scope: scope, suggestion: suggestion)
    }

    func isNull(_ node: YAMLNode) -> Bool {
        guard case .scalar(let scalar) = node.content else { return false }
        return scalar.value == .null
    }
}
