import Pipeline

/// What a step left, as it stands in a file: one line of JSON, and behind it that line's SHA-256.
struct CacheEntry: Equatable {
    var storedAt: Timestamp
    var step: CachedStep

    private static let format: Int64 = 1

    init(storedAt: Timestamp, step: CachedStep) {
        self.storedAt = storedAt
        self.step = step
    }

    func bytes(key: String) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("format")
        json.integer(Self.format)
        json.key("key")
        json.string(key)
        json.key("stored_at")
        json.integer(storedAt.nanoseconds)
        json.key("run")
        json.string(step.source.from.run.description)
        json.key("trace_id")
        json.string(step.source.from.trace.description)
        if let directory = step.source.directory {
            json.key("directory")
            json.string(directory)
        }
        json.key("outputs")
        json.beginObject()
        for output in step.outputs {
            json.key(output.key)
            json.string(output.value)
        }
        json.endObject()
        json.endObject()
        let line = json.bytes
        return line + Array("\n\(SHA256Digest(of: line))\n".utf8)
    }

    /// - Returns: `nil` for anything but what `bytes` writes under this key.
    init?(_ bytes: [UInt8], key: String) {
        guard let end = bytes.lastIndex(of: UInt8(ascii: "\n")), end == bytes.count - 1,
            let middle = bytes[..<end].lastIndex(of: UInt8(ascii: "\n"))
        else { return nil }
        let line = Array(bytes[..<middle])
        let sum = String(decoding: bytes[(middle + 1)..<end], as: UTF8.self)
        let limits = JSONLimits(bytes: bytes.count, depth: 3)
        guard SHA256Digest(of: line).description == sum,
            let value = try? JSONValue(parsing: line, limits: limits),
            value["format"]?.integer == Self.format, value["key"]?.string == key,
            let storedAt = value["stored_at"]?.integer,
            let run = value["run"]?.string.flatMap({ RunID(hex: $0) }),
            let trace = value["trace_id"]?.string.flatMap({ TraceID(hex: $0) }),
            case .object(let outputs)? = value["outputs"]
        else { return nil }
        self.storedAt = Timestamp(nanoseconds: storedAt)
        step = CachedStep(
            source: ReusedStep(
                from: LinkedRun(run: run, trace: trace),
                directory: value["directory"]?.string
            ),
            outputs: outputs.compactMap { member in
                member.value.string.map { AttemptReport.Output(key: member.key, value: $0) }
            }
        )
    }
}
