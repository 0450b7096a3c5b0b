/// What is wrong with a key or a value by itself, whatever the rest of the file says.
enum ValueFault: SpecFault, Equatable {
    case emptyFile
    case unknownKey(String, scope: KeyTable.Scope, suggestion: String?)
    case notSupported(String)
    case nameOfMappedStep
    case missingKey(String, String)
    case expected(String, found: String, advice: String?)
    case noValue(String)
    case outOfRange(String, ClosedRange<Int>)
    case notAChoice(String, [String], suggestion: String?)
    case badDuration(String, DurationText.Fault)
    case zeroDuration
    case reversedBackoff
    case reversedBounds
    case emptyList(String)
    case emptyText(String)
    case listedTwice(String)
    case badEnvironmentName(String)
    case reservedEnvironmentName(String)
    case secondKind(String, String)
    case tooLong(String, Int)
    case shellQuoting
    case exitCodesWithoutExit
    case tooManySteps(String, Int, Int)
    case badRate(String)
    case zeroRate(String)
    case tooManyNames(String, Int)
    case badGlob(String)
    case schedule(ScheduleFault)
}

extension ValueFault {
    var message: String {
        switch self {
        case .emptyFile: "the file is empty"
        case .unknownKey(let key, let scope, _): "unknown key \(quoted(key)) in \(scope.phrase)"
        case .notSupported(let key): "\(quoted(key)) is not supported yet"
        case .nameOfMappedStep: "a step of a map is named by its key"
        case .missingKey(let key, let place): "\(place) has no `\(key)`"
        case .expected(let expected, let found, _): "expected \(expected), found \(found)"
        case .noValue(let key): "\(quoted(key)) has no value"
        case .outOfRange(let value, let range):
            "\(value) is not between \(range.lowerBound) and \(range.upperBound)"
        case .notAChoice(let value, let choices, _):
            "\(quoted(value)) is none of \(quotedList(choices))"
        case .badDuration(let text, let fault): durationMessage(text, fault)
        case .zeroDuration: "a timeout must be longer than 0"
        case .reversedBackoff: "the backoff's minimum is above its maximum"
        case .reversedBounds: "`minimum` is above `maximum`"
        case .emptyList(let key): "\(quoted(key)) is empty"
        case .emptyText(let key): "the text of \(quoted(key)) is empty"
        case .listedTwice(let name): "\(quoted(name)) is listed twice"
        case .badEnvironmentName(let name): "\(quoted(name)) cannot name an environment variable"
        case .reservedEnvironmentName(let name):
            "\(quoted(name)) is reserved: `WEIR_*` is set by Weir"
        case .secondKind(let second, let first):
            "a step has one kind: \(quoted(second)) stands beside \(quoted(first))"
        case .tooLong(let key, let bytes):
            "\(quoted(key)) has \(bytes) bytes; the limit is \(Limits.scriptBytes)"
        case .shellQuoting: "a shell is plain words: quotes, backslashes and `$` mean nothing here"
        case .exitCodesWithoutExit: "`exit_codes` has no effect: `when` does not list `exit`"
        case .badGlob(let text): "\(quoted(text)) is no pattern of paths below the step's folder"
        case .tooManySteps(let key, let count, let most):
            "\(quoted(key)) has \(count) steps; the limit is \(most)"
        case .badRate(let text): "\(quoted(text)) is no rate"
        case .zeroRate(let text): "the rate \(quoted(text)) would let nothing start, ever"
        case .tooManyNames(let key, let count):
            "\(quoted(key)) has \(count) names; the limit is \(Limits.gateNames)"
        case .schedule(let fault): fault.message
        }
    }

    private func durationMessage(_ text: String, _ fault: DurationText.Fault) -> String {
        switch fault {
        case .empty: "expected a duration, found an empty text"
        case .bareNumber: "\(quoted(text)) has no unit"
        case .malformed: "\(quoted(text)) is no duration"
        case .unknownUnit(let unit):
            "\(quoted(text)) is no duration: no unit is called \(quoted(unit))"
        case .order(let unit):
            "\(quoted(text)) is no duration: units go from large to small, and \(quoted(unit)) does not"
        case .tooLong: "\(quoted(text)) is longer than 292 years"
        }
    }

    var advice: String? {
        switch self {
        case .emptyFile: "begin with `steps:`"
        case .unknownKey(_, let scope, let suggestion):
            suggestion.map { "did you mean `\($0)`?" } ?? scope.keysAdvice
        case .notSupported: "remove it; `weir schema` lists the keys that work"
        case .nameOfMappedStep: "remove `name`, or write `steps` as a list"
        case .expected(let expected, _, let advice): advice ?? "write \(expected)"
        case .noValue: "write a value, or remove the key"
        case .notAChoice(_, _, let suggestion):
            suggestion.map { "did you mean `\($0)`?" } ?? "write one of these"
        case .badDuration(_, .bareNumber(let text)):
            "write `\(text)s` for seconds, or `\(text)m` for minutes"
        case .badDuration: "write whole numbers with d, h, m, s, ms, us or ns: `1h30m`, `500ms`"
        case .zeroDuration: "remove the key to let it take as long as it needs"
        case .reversedBackoff: "write `min..max`: `1s..30s`"
        case .badEnvironmentName: "use letters, digits and `_`, beginning with no digit"
        case .reservedEnvironmentName: "choose another name"
        case .secondKind: "make two steps of it"
        case .tooLong: "put the text into a file and run that"
        case .shellQuoting: "write a list: [bash, -eu]"
        case .exitCodesWithoutExit: "add `exit` to `when`, or remove `exit_codes`"
        case .missingKey(let key, _): "add `\(key): …`"
        case .outOfRange(_, let range): "write a number from \(range.lowerBound) on"
        case .reversedBounds: "exchange the two"
        case .emptyList, .emptyText: "fill it, or remove the key"
        case .listedTwice: "remove one of the two"
        case .badRate: "write starts and a time: `2/s`, `30/m`, `1000/h` or `5/d`"
        case .zeroRate: "write at least 1, with a longer time if need be: `1/h`"
        case .tooManyNames: "let steps that need the same thing share a name"
        case .badGlob: "write a path from there on, without `..`: `src/**`, `*.csv`"
        case .schedule(let fault): fault.advice
        case .tooManySteps: "let one step do the work of many, or make several pipelines of it"
        }
    }
}

extension KeyTable.Scope {
    /// What follows "in".
    fileprivate var phrase: String {
        switch self {
        case .pipeline: "the pipeline"
        case .step: "a step"
        case .retry: "`retry`"
        case .cache: "`cache`"
        case .parameter: "a parameter"
        case .pool: "a pool"
        case .rateLimit: "a rate limit"
        case .breaker: "a breaker"
        case .compensation: "`compensate`"
        case .schedule: "`schedule`"
        case .defaults: "`defaults`"
        }
    }

    fileprivate var keysAdvice: String {
        "the keys are \(quotedList(KeyTable.rows(of: self).filter(\.isSupported).map(\.name)))"
    }
}
