import Agent

/// The flags that say how much is kept of what has run.
enum RetentionOptions {
    static let all: [Option] = [
        Option(
            name: RetentionLimits.Key.runs.flag,
            value: "N",
            help: "keep at most N finished runs (\(RetentionLimits.standard.text(of: .runs)))"
        ),
        Option(
            name: RetentionLimits.Key.age.flag,
            value: "AGE",
            help: "keep none that ended longer ago (\(RetentionLimits.standard.text(of: .age)))"
        ),
        Option(
            name: RetentionLimits.Key.size.flag,
            value: "SIZE",
            help: "keep at most so much of all run folders "
                + "(\(RetentionLimits.standard.text(of: .size)))"
        ),
    ]

    /// The limits that are given.
    static func given(_ arguments: Arguments) -> [(key: RetentionLimits.Key, text: String)] {
        RetentionLimits.Key.allCases.compactMap { key in
            arguments.value(key.flag).map { (key, $0) }
        }
    }

    /// What the flags say, and the defaults where they say nothing.
    static func limits(_ arguments: Arguments) throws(UsageError) -> RetentionLimits {
        var limits = RetentionLimits.standard
        for (key, text) in given(arguments) {
            do throws(RetentionFault) {
                try limits.set(key, to: text)
            } catch {
                throw UsageError("`--\(key.flag)`: \(error)", arguments.command)
            }
        }
        return limits
    }
}
