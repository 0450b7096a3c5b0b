import Pipeline

/// The body of a request for a run: `{"params": {"name": "value"}, "overlap": "skip"}`, or nothing.
struct StartBody {
    var params: [(name: String, value: String)] = []
    var overlap = OverlapPolicy.allow

    struct Fault: Error, CustomStringConvertible {
        var description: String
    }

    /// Stands for all that decides what runs: the pipeline's name and the parameters, in whatever
    /// order they were sent.
    static func digest(
        of pipeline: String,
        _ params: [(name: String, value: String)]
    ) -> RequestDigest {
        var json = JSONWriter()
        json.beginArray()
        json.string(pipeline)
        for param in params.sorted(by: { $0.name < $1.name }) {
            json.string(param.name)
            json.string(param.value)
        }
        json.endArray()
        return RequestDigest(of: json.bytes)
    }

    init(_ bytes: [UInt8]) throws(Fault) {
        guard !bytes.isEmpty else { return }
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: bytes)
        } catch {
            throw Fault(description: "the body is not JSON: \(error)")
        }
        guard case .object(let members) = value else {
            throw Fault(description: #"the body is not an object: send {"params": {…}}"#)
        }
        for member in members {
            switch member.key {
            case "params": params = try StartBody.params(member.value)
            case "overlap": overlap = try StartBody.overlap(member.value)
            default:
                let known = "`params` and `overlap` are"
                throw Fault(description: "`\(member.key)` is not supported yet: \(known)")
            }
        }
    }

    /// Who waits for others to end has no answer for whoever asks, so that is for schedules.
    private static func overlap(_ value: JSONValue) throws(Fault) -> OverlapPolicy {
        switch value.string.flatMap(OverlapPolicy.init(rawValue:)) {
        case .allow: return .allow
        case .skip: return .skip
        case .queue, .replace:
            let text = value.string ?? ""
            throw Fault(description: "`overlap` `\(text)` is not supported yet on an agent")
        case nil: throw Fault(description: "`overlap` is neither `allow` nor `skip`")
        }
    }

    private static func params(
        _ value: JSONValue
    ) throws(Fault) -> [(name: String, value: String)] {
        guard case .object(let members) = value else {
            throw Fault(description: #"`params` is not an object of names and values"#)
        }
        var params: [(name: String, value: String)] = []
        for member in members {
            guard let text = text(of: member.value) else {
                let kinds = "a string, a number, true or false"
                throw Fault(description: "parameter `\(member.key)` is not \(kinds)")
            }
            params.append((member.key, text))
        }
        return params
    }

    private static func text(of value: JSONValue) -> String? {
        switch value {
        case .string(let text): text
        case .integer(let number): String(number)
        case .double(let number): "\(number)"
        case .boolean(let flag): flag ? "true" : "false"
        case .null, .array, .object: nil
        }
    }
}
