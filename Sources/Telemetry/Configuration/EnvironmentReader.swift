/// Reads variables by the rules of OpenTelemetry's SDK configuration and notes what is wrong.
///
/// An empty value is as good as none. What cannot be read is warned about and left unset.
struct EnvironmentReader {
    private let environment: [String: String]
    private(set) var warnings: [ConfigurationWarning] = []
    /// Whether what is set for all signals has not been judged yet: it may be right for one signal
    /// and of no use to the next, which has variables of its own.
    var judgesShared = true

    init(_ environment: [String: String]) {
        self.environment = environment
    }

    func text(_ variable: String) -> String? {
        environment[variable].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Without the spaces around it, which no number or keyword has.
    func word(_ variable: String) -> String? {
        let trimmed = text(variable).map { String(Substring(trimmingOptionalSpace($0.utf8[...]))) }
        return trimmed.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Notes it, once: a variable may be read for several signals.
    mutating func warn(_ variable: String, _ problem: ConfigurationWarning.Problem) {
        if !judgesShared, KnownVariables.sharedExport.contains(variable) { return }
        let warning = ConfigurationWarning(variable: variable, problem: problem)
        if !warnings.contains(warning) { warnings.append(warning) }
    }

    /// Only `true`, in any case, is true.
    mutating func boolean(_ variable: String) -> Bool {
        guard let value = word(variable) else { return false }
        switch value.lowercased() {
        case "true": return true
        case "false": return false
        default:
            malformed(variable, value, "true or false", "taken as false")
            return false
        }
    }

    /// A whole number that is not negative; warned about and `nil` otherwise.
    mutating func count(_ variable: String) -> Int? {
        guard let value = word(variable) else { return nil }
        guard value.utf8.allSatisfy(isDigit), let number = Int(value) else {
            malformed(variable, value, "a whole number from 0", "the default is used")
            return nil
        }
        return number
    }

    /// Milliseconds; the largest that is taken is a year.
    mutating func milliseconds(_ variable: String) -> Duration? {
        guard let value = word(variable) else { return nil }
        guard value.utf8.allSatisfy(isDigit), let number = Int64(value),
            number <= 366 * 86_400_000
        else {
            malformed(variable, value, "a number of milliseconds", "the default is used")
            return nil
        }
        return .milliseconds(number)
    }

    /// A number from 0 to 1 in decimal notation.
    mutating func ratio(_ variable: String) -> Double? {
        guard let value = word(variable) else { return nil }
        let isDecimal = value.utf8.allSatisfy { isDigit($0) || "+-.eE".utf8.contains($0) }
        guard isDecimal, let number = Double(value), (0...1).contains(number) else {
            malformed(variable, value, "a number from 0 to 1", "1 is used")
            return nil
        }
        return number
    }

    mutating func malformed(
        _ variable: String,
        _ value: String,
        _ expected: String,
        _ instead: String
    ) {
        warn(variable, .malformed(value: value, expected: expected, instead: instead))
    }

    private func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
