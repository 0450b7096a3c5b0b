import Pipeline

/// A limit that cannot be understood.
package struct RetentionFault: Error, Hashable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) {
        self.description = description
    }
}

extension RetentionLimits {
    /// What a limit is called: `keep-runs` as a flag, `keep_runs` in JSON.
    package enum Key: String, CaseIterable, Sendable {
        case runs = "keep_runs"
        case age = "keep_age"
        case size = "keep_size"

        package var flag: String { rawValue.replacingUnderscores }
    }

    private static let runsMax = 1_000_000

    /// The value of a limit as text, as it is read.
    package func text(of key: Key) -> String {
        switch key {
        case .runs: "\(runs)"
        case .age: DurationText.exact(age)
        case .size: SizeText.exact(bytes)
        }
    }

    /// Sets one limit: `1000`, `30d`, `10GiB`.
    ///
    /// - Parameters:
    ///   - key: Which.
    ///   - text: As given.
    /// - Throws: What is wrong with it, and what to write.
    package mutating func set(_ key: Key, to text: String) throws(RetentionFault) {
        switch key {
        case .runs:
            guard let count = Int(text), (0...Self.runsMax).contains(count) else {
                throw RetentionFault("`\(text)`: a whole number from 0 to \(Self.runsMax)")
            }
            runs = count
        case .age:
            guard let duration = try? DurationText.parse(text) else {
                throw RetentionFault("`\(text)` is no duration: write `30d`, `12h`, `1d12h`")
            }
            age = duration
        case .size:
            do throws(SizeText.Fault) {
                bytes = try SizeText.parse(text)
            } catch {
                throw RetentionFault(error.description)
            }
        }
    }
}

extension String {
    fileprivate var replacingUnderscores: String {
        String(map { $0 == "_" ? "-" : $0 })
    }
}
