/// Why a text is no cron expression, or one that names no time.
package enum CronFault: Error, Hashable {
    /// So many fields, where five are wanted.
    case fieldCount(Int)
    /// Six fields: with seconds in front or a year behind, which cron has not.
    case sixFields
    /// `@reboot` names no time.
    case reboot
    case unknownMacro(String, suggestion: String?)
    /// Neither a number nor a name of this field.
    case unknownName(CronField, String, suggestion: String?)
    case outOfRange(CronField, String, ClosedRange<Int>)
    case zeroStep(CronField, String)
    /// A step after a single number: `5/15`.
    case bareStep(CronField, String, instead: String)
    /// A list with nothing between two commas.
    case emptyItem(CronField, String)
    /// A range that ends before it begins: `FRI-MON`.
    case reversedRange(CronField, String, instead: String)
    case malformed(CronField, String)
    /// No month it names has any of the days it names; the text says so.
    case neverMatches(String)
}

extension CronFault: CustomStringConvertible {
    /// What is wrong, and what to do about it.
    package var description: String { "\(message): \(advice)" }

    /// What is wrong.
    package var message: String {
        switch self {
        case .fieldCount(let count): "a cron expression has five fields, this has \(count)"
        case .sixFields: "a cron expression has five fields, this has six"
        case .reboot: "`@reboot` is no time of the clock"
        case .unknownMacro(let text, _): "\(quoted(text)) is no schedule"
        case .unknownName(let field, let text, _): "\(quoted(text)) is no \(field.phrase)"
        case .outOfRange(let field, let text, let range):
            "the \(field.phrase) \(quoted(text)) is not between \(range.lowerBound) and "
                + "\(range.upperBound)"
        case .zeroStep(let field, let text): "the \(field.phrase) \(quoted(text)) has a step of 0"
        case .bareStep(let field, let text, _):
            "the \(field.phrase) \(quoted(text)) has a step after a single number"
        case .emptyItem(let field, let text):
            "the \(field.phrase) \(quoted(text)) has an empty place in its list"
        case .reversedRange(let field, let text, _):
            "the \(field.phrase) \(quoted(text)) ends before it begins"
        case .malformed(let field, let text): "\(quoted(text)) cannot be read as \(field.article)"
        case .neverMatches(let reason): "never: \(reason)"
        }
    }

    /// What to do about it.
    package var advice: String {
        switch self {
        case .fieldCount: "write minute, hour, day of the month, month and day of the week"
        case .sixFields:
            "leave out the seconds or the year; for less than a minute write `every: 10s`"
        case .reboot: "let the system start the run, with a systemd unit that calls `weir run`"
        case .unknownMacro(_, let suggestion), .unknownName(_, _, let suggestion):
            suggestion.map { "did you mean \(quoted($0))?" } ?? listedNames
        case .outOfRange(_, _, let range):
            "write a number from \(range.lowerBound) to \(range.upperBound)"
        case .zeroStep: "write a step of at least 1, or leave it out"
        case .bareStep(_, _, let instead), .reversedRange(_, _, let instead):
            "write \(quoted(instead))"
        case .emptyItem: "remove the comma, or write what is missing"
        case .malformed:
            "write numbers, ranges `a-b` and lists `a,b`, or `*`; a step `/n` follows `*` or a range"
        case .neverMatches: "choose another day or month"
        }
    }

    private var listedNames: String {
        switch self {
        case .unknownMacro: "write \(quotedList(CronExpression.macros.map(\.name)))"
        case .unknownName(let field, _, _): "the names are \(quotedList(field.names))"
        default: ""
        }
    }
}

extension CronField {
    fileprivate var article: String { self == .hour ? "an \(phrase)" : "a \(phrase)" }
}
