/// Every key of a pipeline file, once: from it come the JSON Schema, the reference page, and the
/// errors for keys that are misspelt or not supported yet.
package enum KeyTable {
    /// The maps of a pipeline file that have a fixed set of keys.
    package enum Scope: String, Sendable, CaseIterable {
        case pipeline
        case step
        case retry
        case cache
        case parameter
        case pool
        case rateLimit = "rate_limit"
        case breaker
        case compensation
        case schedule
        /// Not listed by itself: the rows of `step` that may be defaults.
        case defaults
    }

    /// What a key's value may be.
    package enum ValueType: Hashable, Sendable {
        case text
        /// A text that is run: a number or `true` is taken as written.
        case command
        case template
        case pipelineName
        case stepName
        case integer(ClosedRange<Int>)
        case number
        case boolean
        case duration
        /// `min..max`, or one duration for both.
        case backoff
        /// One name or a list of names.
        case names
        /// A list of names.
        case nameList
        case choice([String])
        /// One or a list of the choices.
        case choices([String])
        /// A list of texts with references.
        case arguments
        /// Words, as a list or separated by spaces.
        case words
        /// One exit code or a list.
        case exitCodes
        case scalar
        case scalars
        case environment
        case parameters
        case steps
        case retry
        case cache
        /// One path pattern or a list of them, relative.
        case globs
        case defaults
        /// A name of a pool, a rate limit or a breaker.
        case gateName
        /// A map from names to sizes, or to what the scope says.
        case pools
        case rateLimits
        case breakers
        /// `2/s`.
        case rate
        case compensation
        /// One schedule or a list of them.
        case schedules
        case cron
        case timezone
        /// Of a key that is not supported yet.
        case undecided
    }

    /// What holds when a key is absent.
    package enum Standard: Hashable, Sendable {
        /// As it would be written.
        case written(String)
        case described(String)
    }

    /// One key.
    package struct Row: Sendable {
        /// The map in which the key stands.
        package let scope: Scope
        package let name: String
        package let type: ValueType
        /// What holds when the key is absent; `nil`: nothing.
        package let standard: Standard?
        /// One sentence for people.
        package let meaning: String
        /// The version that brought it; `nil` while it is not supported.
        package let since: String?
        /// Whether the map is wrong without it.
        package let isRequired: Bool
        /// Whether `defaults` may hold it for all steps.
        package let isDefaultable: Bool

        /// Whether it works; if not, it is refused.
        package var isSupported: Bool { since != nil }
    }

    /// The rows of a scope, in the order in which they should be read.
    package static func rows(of scope: Scope) -> [Row] {
        rowsByScope[scope] ?? []
    }

    /// The row of a key, or `nil` if the map has no such key.
    package static func row(_ name: String, in scope: Scope) -> Row? {
        switch scope {
        case .step: stepIndex[name]
        case .retry: retryIndex[name]
        case .pipeline, .parameter, .defaults, .cache, .pool, .rateLimit, .breaker, .compensation,
            .schedule:
            rows(of: scope).first { $0.name == name }
        }
    }

    private static let rowsByScope: [Scope: [Row]] = {
        var rows = Dictionary(
            grouping: pipelineRows + stepRows + nestedRows + flowRows + scheduleRows,
            by: \.scope
        )
        rows[.defaults] = stepRows.filter(\.isDefaultable)
        return rows
    }()

    /// Steps are many: their keys are looked up most.
    private static let stepIndex = index(of: .step)
    private static let retryIndex = index(of: .retry)

    private static func index(of scope: Scope) -> [String: Row] {
        Dictionary(rows(of: scope).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }
}

extension KeyTable.Row {
    /// A key that works.
    init(
        _ scope: KeyTable.Scope,
        _ name: String,
        _ type: KeyTable.ValueType,
        _ meaning: String,
        standard: KeyTable.Standard? = nil,
        isRequired: Bool = false,
        isDefaultable: Bool = false
    ) {
        self.init(
            scope: scope,
            name: name,
            type: type,
            standard: standard,
            meaning: meaning,
            since: "0.1",
            isRequired: isRequired,
            isDefaultable: isDefaultable
        )
    }

    /// A key of the design that is refused until it works.
    static func later(
        _ scope: KeyTable.Scope,
        _ name: String,
        _ meaning: String,
        isDefaultable: Bool = false
    ) -> KeyTable.Row {
        KeyTable.Row(
            scope: scope,
            name: name,
            type: .undecided,
            standard: nil,
            meaning: meaning,
            since: nil,
            isRequired: false,
            isDefaultable: isDefaultable
        )
    }
}
