/// The JSON Schema (draft 2020-12) of pipeline files, written from the key table.
///
/// It holds the keys that work, so that an editor offers no other. It is as strict as a schema can
/// be; what only a reader can see (unknown needs, cycles, references) is not in it.
package enum PipelineSchema {
    /// The schema as JSON text.
    package static func json() -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("$schema", "https://json-schema.org/draft/2020-12/schema")
        writer.member("title", "Weir pipeline")
        writeMap(of: .pipeline, into: &writer)
        writer.key("$defs")
        writer.beginObject()
        for (name, scope) in nestedScopes {
            writer.key(name)
            writer.beginObject()
            writeMap(of: scope, into: &writer)
            if scope == .compensation { writeKinds(isListed: false, into: &writer) }
            writer.endObject()
        }
        writer.key("step")
        writeStep(isListed: false, into: &writer)
        writer.key("listedStep")
        writeStep(isListed: true, into: &writer)
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }

    private static let nestedScopes: [(String, KeyTable.Scope)] = [
        ("retry", .retry), ("cache", .cache), ("parameter", .parameter), ("defaults", .defaults),
        ("pool", .pool), ("rate_limit", .rateLimit), ("breaker", .breaker),
        ("compensation", .compensation), ("schedule", .schedule),
    ]

    private static func writeMap(of scope: KeyTable.Scope, into writer: inout JSONWriter) {
        writeProperties(KeyTable.rows(of: scope).filter(\.isSupported), into: &writer)
    }

    private static func writeProperties(_ rows: [KeyTable.Row], into writer: inout JSONWriter) {
        writer.member("type", "object")
        writer.key("additionalProperties")
        writer.boolean(false)
        let required = rows.filter(\.isRequired).map(\.name)
        if !required.isEmpty { writer.member("required", required) }
        writer.key("properties")
        writer.beginObject()
        for row in rows {
            writer.key(row.name)
            writer.beginObject()
            writer.member("description", description(of: row))
            row.type.write(into: &writer)
            if case .written(let text) = row.standard {
                writer.key("default")
                row.type.writeStandard(text, into: &writer)
            }
            writer.endObject()
        }
        writer.endObject()
    }

    private static func description(of row: KeyTable.Row) -> String {
        guard case .described(let standard) = row.standard else { return row.meaning }
        return "\(row.meaning) Default: \(standard)."
    }

    /// A step of a list has its name inside; one of a map must not.
    private static func writeStep(isListed: Bool, into writer: inout JSONWriter) {
        let rows = KeyTable.rows(of: .step).filter { row in
            row.isSupported && (isListed || row.name != "name")
        }
        writer.beginObject()
        writeProperties(rows, into: &writer)
        writeKinds(isListed: isListed, into: &writer)
        writer.endObject()
    }

    private static func writeKinds(isListed: Bool, into writer: inout JSONWriter) {
        writer.key("oneOf")
        writer.beginArray()
        for kind in ["run", "exec"] {
            writer.beginObject()
            writer.member("required", isListed ? ["name", kind] : [kind])
            writer.endObject()
        }
        writer.endArray()
    }
}

extension JSONWriter {
    /// A key with a text.
    mutating func member(_ name: StaticString, _ value: String) {
        key(name)
        string(value)
    }

    /// A key with a list of texts.
    mutating func member(_ name: StaticString, _ values: [String]) {
        key(name)
        beginArray()
        for value in values { string(value) }
        endArray()
    }

    /// A key with an integer.
    mutating func member(_ name: StaticString, _ value: Int) {
        key(name)
        integer(value)
    }
}
