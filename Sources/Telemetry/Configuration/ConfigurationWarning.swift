/// Something in the environment that does not do what its writer may expect.
package struct ConfigurationWarning: Hashable, Sendable, CustomStringConvertible {
    package enum Problem: Hashable, Sendable {
        /// The value cannot be read; `expected` says what could be, `instead` what is done now.
        case malformed(value: String, expected: String, instead: String)
        /// As above, of a value that is not repeated: it may hold a credential.
        case malformedHidden(expected: String, instead: String)
        /// Weir does not do this yet; `instead` says what it does.
        case notSupportedYet(value: String?, instead: String)
        /// It would work, but for another variable.
        case withoutEffect(because: String)
        /// Not a name that OpenTelemetry's specification knows.
        case unknownName
    }

    package let variable: String
    package let problem: Problem

    package var description: String {
        switch problem {
        case .malformed(let value, let expected, let instead):
            "\(variable)=\(ConfigurationWarning.shown(value)) is not \(expected): \(instead)"
        case .malformedHidden(let expected, let instead):
            "\(variable) is not \(expected): \(instead)"
        case .notSupportedYet(let value?, let instead):
            "\(variable)=\(ConfigurationWarning.shown(value)) is not supported yet: \(instead)"
        case .notSupportedYet(nil, let instead):
            "\(variable) is not supported yet: \(instead)"
        case .withoutEffect(let because):
            "\(variable) has no effect: \(because)"
        case .unknownName:
            "\(variable) is not a variable of OpenTelemetry: check its spelling"
        }
    }

    /// One line, and not a long one: values come from outside.
    private static func shown(_ value: String) -> String {
        let line = value.prefix(80).map { $0.isNewline || $0 == "\t" ? " " : $0 }
        return "'" + String(line) + (value.count > 80 ? "…'" : "'")
    }
}
