package import Pipeline

/// One record of Weir's own log.
package struct LogRecord: Hashable, Sendable {
    package enum Value: Hashable, Sendable {
        case text(String)
        case integer(Int64)
        /// Written in seconds.
        case duration(Duration)
    }

    package struct Field: Hashable, Sendable {
        /// A word of ours: letters, digits and `_`.
        package var key: String
        package var value: Value
    }

    package var at: Timestamp
    package var level: LogLevel
    package var message: String
    package private(set) var fields: [Field] = []

    package init(_ level: LogLevel, _ message: String, at: Timestamp) {
        self.level = level
        self.message = message
        self.at = at
    }

    /// Adds a text, where there is one.
    package func with(_ key: String, _ text: String?) -> LogRecord {
        adding(key, text.map(Value.text))
    }

    /// Adds a number, where there is one.
    package func with(_ key: String, _ number: (some BinaryInteger)?) -> LogRecord {
        adding(key, number.map { Value.integer(Int64(clamping: $0)) })
    }

    /// Adds a length of time, where there is one.
    package func with(_ key: String, _ duration: Duration?) -> LogRecord {
        adding(key, duration.map(Value.duration))
    }

    private func adding(_ key: String, _ value: Value?) -> LogRecord {
        guard let value else { return self }
        var record = self
        record.fields.append(Field(key: key, value: value))
        return record
    }
}
