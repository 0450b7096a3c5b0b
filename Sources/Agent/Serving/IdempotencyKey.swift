import Pipeline
import Transport

/// A client's word that two requests with this key are one
/// (draft-ietf-httpapi-idempotency-key-header).
package struct IdempotencyKey: Hashable, Sendable {
    let text: String

    /// Room for a UUID, a URL or a hash; keys are hashed at once, so more would gain nothing.
    static let bytesMax = 255

    /// Why there is no key, for whoever sent it.
    package struct Fault: Error, Hashable, CustomStringConvertible {
        package var description: String
    }

    /// Reads the field `Idempotency-Key`.
    ///
    /// - Returns: `nil` without the field.
    /// - Throws: `Fault` when it is there and no key can be read.
    static func read(_ headers: HTTPFields) throws(Fault) -> IdempotencyKey? {
        let values = headers.values("Idempotency-Key")
        guard let value = values.first else { return nil }
        guard values.count == 1 else {
            throw Fault(description: "a request has one Idempotency-Key")
        }
        return try IdempotencyKey(field: value)
    }

    /// Reads a structured field's String (RFC 9651 §3.3.3), `"8e03978e-40d5"`; or a bare word of
    /// visible characters, which the draft does not have and most clients that exist send.
    init(field value: String) throws(Fault) {
        let bytes = Array(value.utf8)
        guard let text = bytes.first == UInt8(ascii: "\"") ? Self.quoted(bytes) : Self.bare(bytes)
        else {
            throw Fault(description: #"Idempotency-Key is not a text in quotes: "8e03978e-40d5""#)
        }
        try self.init(text)
    }

    /// Takes the key itself, of printable ASCII.
    package init(_ text: String) throws(Fault) {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw Fault(description: "an idempotency key is one or more printable ASCII characters")
        }
        guard text.utf8.count <= Self.bytesMax else {
            throw Fault(description: "an idempotency key has at most \(Self.bytesMax) bytes")
        }
        self.text = text
    }

    /// As it stands in a request.
    package var field: String {
        var field = "\""
        for character in text {
            if character == "\"" || character == "\\" { field.append("\\") }
            field.append(character)
        }
        return field + "\""
    }

    var digest: RequestDigest { RequestDigest(of: Array(text.utf8)) }

    /// What stands between the quotes; `nil` if it is anything else, parameters included: none has
    /// a meaning here.
    private static func quoted(_ bytes: [UInt8]) -> String? {
        var text: [UInt8] = []
        var index = 1
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                return index == bytes.count - 1 ? String(decoding: text, as: UTF8.self) : nil
            case UInt8(ascii: "\\"):
                index += 1
                guard index < bytes.count, [0x22, 0x5C].contains(bytes[index]) else { return nil }
                text.append(bytes[index])
            default: text.append(bytes[index])
            }
            index += 1
        }
        return nil
    }

    private static func bare(_ bytes: [UInt8]) -> String? {
        let special = Array("\"\\,;".utf8)
        guard bytes.allSatisfy({ (0x21...0x7E).contains($0) && !special.contains($0) }) else {
            return nil
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
