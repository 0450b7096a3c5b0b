import Pipeline

/// The body of a request to delete runs, or nothing.
///
///     {"keep_runs": 1000, "keep_age": "30d", "keep_size": "10GiB", "dry_run": false}
struct GcBody {
    /// The agent's own, but for those that the request names.
    var limits: RetentionLimits
    var isDry = false

    init(_ bytes: [UInt8], over limits: RetentionLimits) throws(RetentionFault) {
        self.limits = limits
        guard !bytes.isEmpty else { return }
        guard case .object(let members)? = try? JSONValue(parsing: bytes) else {
            throw RetentionFault(#"the body is not an object: send {"keep_runs": 1000}, or none"#)
        }
        for member in members {
            if let key = RetentionLimits.Key(rawValue: member.key) {
                try set(key, to: member.value)
            } else if member.key == "dry_run", let isDry = member.value.boolean {
                self.isDry = isDry
            } else {
                throw RetentionFault(
                    "`\(member.key)`: keep_runs (a number), keep_age, keep_size (texts) and dry_run "
                        + "(true or false) are known"
                )
            }
        }
    }

    private mutating func set(
        _ key: RetentionLimits.Key,
        to value: JSONValue
    ) throws(RetentionFault) {
        let text = key == .runs ? value.integer.map { "\($0)" } : value.string
        guard let text else {
            let kind = key == .runs ? "a number" : "a text, as \"\(limits.text(of: key))\""
            throw RetentionFault("`\(key.rawValue)` is not \(kind)")
        }
        do throws(RetentionFault) {
            try limits.set(key, to: text)
        } catch {
            throw RetentionFault("`\(key.rawValue)`: \(error)")
        }
    }
}
