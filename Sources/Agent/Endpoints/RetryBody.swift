import Pipeline

/// The body of a request to repeat a run: `{"from": "step"}`, `{"only": "step"}`, or nothing.
struct RetryBody {
    let scope: RetryPlan.Scope

    init(_ bytes: [UInt8]) throws(StartBody.Fault) {
        guard !bytes.isEmpty else {
            scope = .unfinished
            return
        }
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: bytes)
        } catch {
            throw StartBody.Fault(description: "the body is not JSON: \(error)")
        }
        guard case .object(let members) = value, members.count <= 1 else {
            throw StartBody.Fault(description: #"send {"from": "STEP"}, {"only": "STEP"} or {}"#)
        }
        scope = if let member = members.first { try Self.scope(of: member) } else { .unfinished }
    }

    private static func scope(
        of member: JSONMember
    ) throws(StartBody.Fault) -> RetryPlan.Scope {
        guard let step = member.value.string else {
            throw StartBody.Fault(description: "`\(member.key)` is not the name of a step")
        }
        switch member.key {
        case "from": return .from(step)
        case "only": return .only(step)
        default:
            let known = "`from` and `only` are"
            throw StartBody.Fault(description: "`\(member.key)` is not supported yet: \(known)")
        }
    }

    /// Stands for all that decides what runs: the run as it was called, and the scope.
    static func digest(of run: String, _ scope: RetryPlan.Scope) -> RequestDigest {
        var json = JSONWriter()
        json.beginArray()
        json.string("retry")
        json.string(run)
        switch scope {
        case .unfinished: break
        case .from(let step):
            json.string("from")
            json.string(step)
        case .only(let step):
            json.string("only")
            json.string(step)
        }
        json.endArray()
        return RequestDigest(of: json.bytes)
    }
}
