/// Why a text is not the JSON that was asked for, and where.
package struct JSONError: Error, Hashable, CustomStringConvertible {
    package enum Reason: Hashable, Sendable {
        /// The text ends within a value.
        case unexpectedEnd
        /// Something else should stand here.
        case expected(String)
        /// More arrays and objects inside each other than `JSONLimits.depth`.
        case tooDeep(Int)
        /// More bytes than `JSONLimits.bytes`.
        case tooLong(Int)
        /// RFC 8259 §6: no leading zeros, digits on both sides of the point.
        case invalidNumber
        /// Not an integer of the width asked for, or beyond a `Double`.
        case numberOutOfRange
        /// RFC 8259 §7: a reverse solidus before something that it does not escape.
        case invalidEscape
        /// An escaped half of a surrogate pair without its other half.
        case loneSurrogate
        /// RFC 8259 §8.1: the text is not UTF-8.
        case invalidUTF8
        /// RFC 8259 §7: control characters must be escaped.
        case controlCharacter
        /// Something follows the value.
        case trailingContent
        /// The object has the key twice, which the caller does not allow.
        case duplicateKey(String)
    }

    package var reason: Reason
    /// In bytes, from 0.
    package var offset: Int

    package init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    package var description: String { "\(explanation) at byte \(offset)" }

    private var explanation: String {
        switch reason {
        case .unexpectedEnd: "the JSON text ends too early"
        case .expected(let what): "\(what) expected"
        case .tooDeep(let limit): "more than \(limit) arrays and objects inside each other"
        case .tooLong(let limit): "more than \(limit) bytes of JSON"
        case .invalidNumber: "not a JSON number"
        case .numberOutOfRange: "number out of range"
        case .invalidEscape: #"invalid escape after "\""#
        case .loneSurrogate: "half of a surrogate pair"
        case .invalidUTF8: "invalid UTF-8"
        case .controlCharacter: "unescaped control character in a string"
        case .trailingContent: "something follows the JSON value"
        case .duplicateKey(let key): "the key \"\(key)\" occurs twice"
        }
    }
}

/// What a JSON text may cost.
package struct JSONLimits: Hashable, Sendable {
    package var bytes: Int
    package var depth: Int

    package init(bytes: Int = 4 << 20, depth: Int = 64) {
        self.bytes = bytes
        self.depth = depth
    }
}
