package import Pipeline

/// The body of a request to end a run: `{"force": true}`, `{}`, or nothing.
package struct CancelBody {
    let isForced: Bool

    init(_ bytes: [UInt8]) throws(StartBody.Fault) {
        guard !bytes.isEmpty else {
            isForced = false
            return
        }
        guard let value = try? JSONValue(parsing: bytes), let members = value.object else {
            throw StartBody.Fault(description: #"send {"force": true}, {} or nothing"#)
        }
        if let other = members.first(where: { $0.key != "force" }) {
            throw StartBody.Fault(description: "`\(other.key)` is not supported yet: `force` is")
        }
        guard let first = members.first else {
            isForced = false
            return
        }
        guard let force = first.value.boolean else {
            throw StartBody.Fault(description: "`force` is true or false")
        }
        isForced = force
    }

    /// What is said of a request that was left for a run: who runs it, where somebody does.
    package static func answer(for run: RunID, owner: Int32?) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("run")
        json.string(run.description)
        if let owner {
            json.key("pid")
            json.integer(Int64(owner))
        }
        json.endObject()
        json.piece("\n")
        return json.bytes
    }
}
