/// Why a value is none of a parameter's.
package enum ParamFault: Error, Hashable, Sendable {
    case unknown(String, suggestion: String?)
    case givenTwice(String)
    case missing(String)
    /// The value is not of the parameter's kind.
    case mismatch(String, value: String, kind: ParamDefinition.Kind)
    case belowMinimum(String, value: String, minimum: Double)
    case aboveMaximum(String, value: String, maximum: Double)
    case notAChoice(String, value: String, choices: [String])
    /// NUL cannot be part of an environment variable.
    case unprintable(String)
    /// The value is larger than `Limits.outputValueBytes`.
    case tooLong(String, bytes: Int)
}

extension ParamFault: SpecFault, CustomStringConvertible {
    /// One line: what is wrong and why.
    package var message: String {
        switch self {
        case .unknown(let name, _): "there is no parameter \(quoted(name))"
        case .givenTwice(let name): "the parameter \(quoted(name)) is given twice"
        case .missing(let name): "the parameter \(quoted(name)) has no value and no default"
        case .mismatch(let name, let value, let kind):
            "the parameter \(quoted(name)) must be \(kind.phrase), not \(quoted(value))"
        case .belowMinimum(let name, let value, let minimum):
            "the parameter \(quoted(name)) must be at least \(numberText(minimum)), not \(value)"
        case .aboveMaximum(let name, let value, let maximum):
            "the parameter \(quoted(name)) must be at most \(numberText(maximum)), not \(value)"
        case .notAChoice(let name, let value, let choices):
            "the parameter \(quoted(name)) must be one of \(quotedList(choices.prefix(20))), "
                + "not \(quoted(value))"
        case .unprintable(let name): "the parameter \(quoted(name)) holds a NUL character"
        case .tooLong(let name, let bytes):
            "the parameter \(quoted(name)) has \(bytes) bytes; "
                + "the limit is \(Limits.outputValueBytes)"
        }
    }

    /// One line: what to write instead.
    package var advice: String? {
        switch self {
        case .unknown(_, let suggestion): suggestion.map { "did you mean `\($0)`?" }
        case .missing(let name): "give it with `--param \(name)=…`"
        case .notAChoice(_, let value, let choices):
            NameSuggestion.nearest(to: value, among: choices)
                .map { "did you mean `\($0)`?" } ?? "write one of these"
        case .givenTwice: "give it once"
        case .mismatch(_, _, let kind): "write \(kind.phrase)"
        case .belowMinimum(_, _, let minimum): "write \(numberText(minimum)) or more"
        case .aboveMaximum(_, _, let maximum): "write \(numberText(maximum)) or less"
        case .unprintable: "leave it out"
        case .tooLong: "put the text into a file, and give the file's name"
        }
    }

    /// Both in one line.
    package var description: String {
        advice.map { "\(message) (\($0))" } ?? message
    }
}

extension ParamDefinition.Kind {
    fileprivate var phrase: String {
        switch self {
        case .string: "a text"
        case .integer: "an integer"
        case .number: "a number"
        case .boolean: "`true` or `false`"
        case .date: "a date that exists, as YYYY-MM-DD"
        }
    }
}

/// A bound as a person writes it: `5`, not `5.0`.
private func numberText(_ value: Double) -> String {
    let text = value.description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}
