package import Pipeline

/// Attributes in the order they were set, kept within a run's limits.
///
/// The first ones stay when there are too many, so what the conventions require is set first.
package struct SpanAttributes: Hashable, Sendable {
    package enum Value: Hashable, Sendable {
        case text(String)
        case integer(Int64)
        case double(Double)
        /// A number of seconds, kept exact.
        case seconds(nanoseconds: Int64)
        case boolean(Bool)
        case texts([String])
    }

    package struct Entry: Hashable, Sendable {
        package var key: AttributeKey
        package var value: Value
    }

    package private(set) var entries: [Entry] = []
    package private(set) var dropped = 0
    private let maximumCount: Int
    private let maximumLength: Int?

    /// Whose attributes they are: each has a limit of its own.
    package enum Owner: Sendable {
        case span
        case event
        case link
    }

    /// - Parameters:
    ///   - owner: Whose they are.
    ///   - limits: How many there may be, and how long.
    package init(of owner: Owner = .span, limits: SpanLimits) {
        maximumCount = limits.attributeCount(of: owner)
        maximumLength = limits.attributeValueLength
    }

    /// Without limits: whoever is told of them has his own.
    init() {
        (maximumCount, maximumLength) = (.max, nil)
    }

    package subscript(key: AttributeKey) -> Value? {
        entries.first { $0.key == key }?.value
    }

    package mutating func set(_ key: AttributeKey, _ value: String) {
        append(key, .text(cut(value)))
    }

    package mutating func set(_ key: AttributeKey, _ value: some BinaryInteger) {
        append(key, .integer(Int64(clamping: value)))
    }

    package mutating func set(_ key: AttributeKey, _ value: Bool) {
        append(key, .boolean(value))
    }

    package mutating func set(_ key: AttributeKey, _ value: Double) {
        append(key, .double(value))
    }

    package mutating func set(_ key: AttributeKey, _ value: [String]) {
        append(key, .texts(maximumLength == nil ? value : value.map(cut)))
    }

    /// The duration in seconds, the unit of all Weir's durations.
    package mutating func set(_ key: AttributeKey, seconds value: Duration) {
        append(key, .seconds(nanoseconds: value.wholeNanoseconds))
    }

    mutating func set(_ entry: Entry) {
        switch entry.value {
        case .text(let text): set(entry.key, text)
        case .texts(let texts): set(entry.key, texts)
        case .integer, .double, .seconds, .boolean: append(entry.key, entry.value)
        }
    }

    private mutating func append(_ key: AttributeKey, _ value: Value) {
        guard entries.count < maximumCount else {
            dropped += 1
            return
        }
        entries.append(Entry(key: key, value: value))
    }

    private func cut(_ text: String) -> String { text.cut(to: maximumLength) }
}

extension SpanLimits {
    /// How many attributes a span, an event or a link may have.
    func attributeCount(of owner: SpanAttributes.Owner) -> Int {
        switch owner {
        case .span: attributeCount
        case .event: eventAttributeCount
        case .link: linkAttributeCount
        }
    }
}

extension String {
    /// At most so many characters (OTel common, attribute limits); `nil`: all of them.
    func cut(to limit: Int?) -> String {
        guard let limit, utf8.count > limit else { return self }
        return String(prefix(max(0, limit)))
    }
}
