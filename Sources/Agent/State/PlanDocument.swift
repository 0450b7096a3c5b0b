package import Pipeline

/// `plan.json`: what a run was asked to do, kept so that a resume never reads today's file.
///
/// It holds the spec as text, with its templates: no secret's value is in it.
package struct PlanDocument: Hashable, Sendable {
    /// The version of this document.
    package static let format = 1
    /// A spec is at most `Limits.specBytes`, and JSON may take six bytes for one.
    static let bytesMax = 6 * Limits.specBytes + 4 * Limits.environmentBytes

    /// A parameter as given by the caller, before defaults.
    package struct Param: Hashable, Sendable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package var pipeline: String
    /// The spec's file, as given.
    package var file: String
    /// The folder in which the steps work, absolute.
    package var directory: String
    /// The spec's text.
    package var spec: String
    /// SHA-256 of the text, lower-case hexadecimal.
    package var specDigest: String
    /// In the order given.
    package var params: [Param]
    /// `--workers`, where given.
    package var workers: Int?
    /// Who asked for the run: `cli`, `exec`.
    package var trigger: String
    /// Where steps leave what others need, absolute.
    package var outputs: String

    package init(
        pipeline: String,
        file: String,
        directory: String,
        spec: String,
        specDigest: String,
        params: [Param] = [],
        workers: Int? = nil,
        trigger: String,
        outputs: String
    ) {
        self.pipeline = pipeline
        self.file = file
        self.directory = directory
        self.spec = spec
        self.specDigest = specDigest
        self.params = params
        self.workers = workers
        self.trigger = trigger
        self.outputs = outputs
    }
}

extension PlanDocument {
    /// The document as it stands in `plan.json`.
    package var json: [UInt8] {
        var writer = JSONWriter(reserving: spec.utf8.count + 1_024)
        writer.beginObject()
        writer.key("format")
        writer.integer(PlanDocument.format)
        writer.key("pipeline")
        writer.string(pipeline)
        writer.key("file")
        writer.string(file)
        writer.key("directory")
        writer.string(directory)
        writer.key("trigger")
        writer.string(trigger)
        writer.key("outputs")
        writer.string(outputs)
        if let workers {
            writer.key("workers")
            writer.integer(workers)
        }
        writer.key("params")
        writer.beginObject()
        for param in params {
            writer.key(param.name)
            writer.string(param.value)
        }
        writer.endObject()
        writer.key("spec_sha256")
        writer.string(specDigest)
        writer.key("spec")
        writer.string(spec)
        writer.endObject()
        return writer.bytes
    }

    /// Reads what `json` writes, and nothing else: a document with more in it is of a newer Weir.
    package init(json: [UInt8]) throws(JSONError) {
        let limits = JSONLimits(bytes: PlanDocument.bytesMax, depth: 4)
        let value = try JSONValue(parsing: json, limits: limits)
        guard case .object(let members) = value else {
            throw JSONError(.expected("an object"), at: 0)
        }
        guard value["format"]?.integer == Int64(PlanDocument.format) else {
            throw JSONError(.expected("format \(PlanDocument.format)"), at: 0)
        }
        if let stranger = members.first(where: { !PlanDocument.keys.contains($0.key) }) {
            throw JSONError(.expected("no \"\(stranger.key)\""), at: 0)
        }
        func text(_ key: String) throws(JSONError) -> String {
            guard let text = value[key]?.string else {
                throw JSONError(.expected("a string \"\(key)\""), at: 0)
            }
            return text
        }
        self.init(
            pipeline: try text("pipeline"),
            file: try text("file"),
            directory: try text("directory"),
            spec: try text("spec"),
            specDigest: try text("spec_sha256"),
            params: try PlanDocument.params(value),
            workers: try PlanDocument.workers(value),
            trigger: try text("trigger"),
            outputs: try text("outputs")
        )
    }

    private static func workers(_ value: JSONValue) throws(JSONError) -> Int? {
        guard let given = value["workers"] else { return nil }
        guard let count = given.integer, count > 0 else {
            throw JSONError(.expected("a number of workers"), at: 0)
        }
        return Int(count)
    }

    private static func params(_ value: JSONValue) throws(JSONError) -> [Param] {
        var params: [Param] = []
        for member in value["params"]?.object ?? [] {
            guard let text = member.value.string else {
                throw JSONError(.expected("a string for the parameter \"\(member.key)\""), at: 0)
            }
            params.append(Param(member.key, text))
        }
        return params
    }

    private static let keys: Set<String> = [
        "format", "pipeline", "file", "directory", "trigger", "outputs", "workers", "params",
        "spec_sha256", "spec",
    ]
}
