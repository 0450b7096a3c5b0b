package import Pipeline

/// Why bytes are not the request of OTLP that they are said to be, and where.
package struct OTLPFault: Error, Hashable, CustomStringConvertible {
    package enum Reason: Hashable, Sendable {
        /// The body ends within a field.
        case unexpectedEnd
        /// A field is said to be longer than what is left of the message that it is in.
        case lengthBeyondEnd(UInt64)
        /// A varint of more than ten bytes, or of more than 64 bits.
        case varintTooLong
        /// Field numbers are from 1 to 2^29 - 1.
        case fieldNumber
        /// Groups have been out of use since before OTLP.
        case group
        /// Wire types 6 and 7 mean nothing.
        case wireType(Int)
        /// A field of this name is not of the kind that it should be.
        case kind(field: String)
        /// An id that is missing, of another length, or zero throughout.
        case id(String, bytes: Int)
        /// A key spelled as in the `.proto` files; OTLP/JSON has it in lowerCamelCase only.
        case snakeCase(String)
        /// Messages inside each other without end in sight.
        case tooDeep
        case json(JSONError.Reason)
    }

    package var reason: Reason
    /// In bytes, from 0.
    package var offset: Int

    package init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    init(_ error: JSONError) {
        self.init(.json(error.reason), at: error.offset)
    }

    package var description: String {
        if case .json(let reason) = reason { return JSONError(reason, at: offset).description }
        return "\(explanation) at byte \(offset)"
    }

    private var explanation: String {
        switch reason {
        case .unexpectedEnd: "the body ends within a field"
        case .lengthBeyondEnd(let length): "a field of \(length) bytes exceeds its message"
        case .varintTooLong: "a varint has more than 64 bits"
        case .fieldNumber: "a field number is out of range"
        case .group: "a group, which OTLP does not have"
        case .wireType(let type): "wire type \(type) does not exist"
        case .kind(let field): "\(field) is not a message"
        case .id(let name, let bytes): "\(name) is not \(bytes) bytes that are not all zero"
        case .snakeCase(let key): "\"\(key)\" is written in lowerCamelCase in OTLP/JSON"
        case .tooDeep: "a value is nested too deep"
        case .json: "not JSON"
        }
    }
}
