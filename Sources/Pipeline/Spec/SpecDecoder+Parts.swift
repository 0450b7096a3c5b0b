/// The nested maps: `env`, `retry`, `params`, and the lists of secrets.
extension SpecDecoder {
    mutating func environment(_ node: YAMLNode) -> [EnvironmentSpec]? {
        guard let entries = mapping(node, advice: "write `env: {NAME: value}`") else { return nil }
        var variables: [EnvironmentSpec] = []
        for entry in entries {
            let name = SpecText(scalar: entry.key, offset: entry.keyOffset)
            let isGoodName = checkEnvironmentName(name)
            let advice = "write \"\" for an empty value"
            guard let value = scalar(entry.value, expected: "a value", advice: advice) else {
                continue
            }
            if isGoodName { variables.append(EnvironmentSpec(name: name, value: value)) }
        }
        return variables
    }

    mutating func secretNames(_ node: YAMLNode, mayBeSingle: Bool) -> [SpecText] {
        oneOrMore(
            node,
            of: "secrets",
            expected: "the name of a secret",
            mayBeSingle: mayBeSingle
        ).filter { checkEnvironmentName($0) }
    }

    /// A POSIX name, and none of Weir's own: those are set for every attempt, and would be lost.
    private mutating func checkEnvironmentName(_ name: SpecText) -> Bool {
        guard SpecName.isEnvironmentName(name.text) else {
            report(.badEnvironmentName(name.text), at: name.offset)
            return false
        }
        guard !name.text.hasPrefix("WEIR_") else {
            report(.reservedEnvironmentName(name.text), at: name.offset)
            return false
        }
        return true
    }

    mutating func retry(_ node: YAMLNode) -> RetryPolicy? {
        guard case .mapping = node.content else {
            mismatch(node, expected: "a map", advice: "write `retry: {attempts: 3}`")
            return nil
        }
        var policy = RetryPolicy()
        var exitCodesOffset: Int?
        let entries = eachEntry(of: node, as: .retry) { decoder, entry in
            switch entry.key.text {
            case "attempts":
                policy.attempts = decoder.integer(entry.value, in: 1...1_000_000) ?? 1
            case "backoff": decoder.backoff(entry.value, into: &policy)
            case "when": policy.triggers = decoder.triggers(entry.value)
            case "exit_codes":
                exitCodesOffset = entry.keyOffset
                policy.exitCodes = decoder.exitCodes(entry.value)
            default: break
            }
        }
        if let entries, !entries.contains(where: { $0.key.text == "attempts" }) {
            report(.missingKey("attempts", "`retry`"), at: node.offset)
        }
        if let exitCodesOffset, !policy.triggers.contains(.exit) {
            report(.exitCodesWithoutExit, at: exitCodesOffset)
        }
        return policy
    }

    private mutating func backoff(_ node: YAMLNode, into policy: inout RetryPolicy) {
        let advice = "write `1s..30s`, or one duration"
        guard let text = scalar(node, expected: "a backoff", advice: advice) else { return }
        let parts = bounds(of: text.text)
        guard let minimum = duration(parts.0, at: text.offset(of: 0)) else { return }
        guard let second = parts.1 else {
            (policy.backoffMinimum, policy.backoffMaximum) = (minimum, minimum)
            return
        }
        let position = text.text.utf8.count - second.utf8.count
        guard let maximum = duration(second, at: text.offset(of: position)) else { return }
        guard minimum <= maximum else {
            report(.reversedBackoff, at: node.offset)
            return
        }
        (policy.backoffMinimum, policy.backoffMaximum) = (minimum, maximum)
    }

    /// What stands before and behind the first `..`.
    private func bounds(of text: String) -> (String, String?) {
        var dots = text.startIndex
        while dots < text.endIndex {
            if text[dots...].hasPrefix("..") {
                return (String(text[..<dots]), String(text[dots...].dropFirst(2)))
            }
            dots = text.index(after: dots)
        }
        return (text, nil)
    }

    private mutating func triggers(_ node: YAMLNode) -> Set<RetryPolicy.Trigger> {
        let known = KeyTable.retryTriggers
        let texts = oneOrMore(node, of: "when", expected: "one of \(quotedList(known))")
        if case .sequence(let items) = node.content, items.isEmpty {
            report(.emptyList("when"), at: node.offset)
        }
        var triggers: Set<RetryPolicy.Trigger> = []
        for text in texts {
            switch RetryPolicy.Trigger(rawValue: text.text) {
            case .status, .network:
                // Only requests end so, and they are not supported yet.
                report(.notSupported(text.text), at: text.offset)
            case .some(let trigger): triggers.insert(trigger)
            case nil:
                let suggestion = NameSuggestion.nearest(to: text.text, among: known)
                report(.notAChoice(text.text, known, suggestion: suggestion), at: text.offset)
            }
        }
        return triggers.isEmpty ? RetryPolicy().triggers : triggers
    }

    private mutating func exitCodes(_ node: YAMLNode) -> Set<Int32> {
        var nodes = [node]
        if case .sequence(let items) = node.content {
            nodes = items
            if items.isEmpty { report(.emptyList("exit_codes"), at: node.offset) }
        }
        var codes: Set<Int32> = []
        for node in nodes {
            guard let code = integer(node, in: 1...255) else { continue }
            if !codes.insert(Int32(code)).inserted {
                report(.listedTwice(String(code)), at: node.offset)
            }
        }
        return codes
    }

    mutating func params(_ node: YAMLNode) -> [ParamSpec] {
        let advice = "write `params: {name: {type: string}}`"
        guard let entries = mapping(node, advice: advice) else { return [] }
        return entries.map { entry in
            var param = ParamSpec(name: SpecText(scalar: entry.key, offset: entry.keyOffset))
            guard !isNull(entry.value) else {
                report(.noValue(entry.key.text), at: entry.keyOffset)
                return param
            }
            guard case .mapping = entry.value.content else {
                let advice = "write `\(entry.key.text): {default: …}`"
                mismatch(entry.value, expected: "a map", advice: advice)
                return param
            }
            eachEntry(of: entry.value, as: .parameter) { decoder, entry in
                decoder.paramEntry(entry, into: &param)
            }
            return param
        }
    }

    private mutating func paramEntry(_ entry: YAMLEntry, into param: inout ParamSpec) {
        let value = entry.value
        switch entry.key.text {
        case "type":
            let kind: Placed<ParamDefinition.Kind>? = choice(value)
            param.isKindKnown = kind != nil
            param.kind = kind?.value ?? .string
        case "default": param.defaultValue = scalar(value, expected: "a value")
        case "minimum": param.minimum = number(value)
        case "maximum": param.maximum = number(value)
        case "choices":
            param.choices = oneOrMore(
                value,
                of: "choices",
                expected: "a value",
                mayBeSingle: false
            )
            if case .sequence(let items) = value.content, items.isEmpty {
                report(.emptyList("choices"), at: value.offset)
            }
        case "description": param.description = text(value, of: "description", mayBeEmpty: true)
        default: break
        }
    }
}
