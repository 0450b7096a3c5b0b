/// A JSON text as a tree, for where convenience counts more than speed.
package enum JSONValue: Hashable, Sendable {
    case null
    case boolean(Bool)
    case integer(Int64)
    case double(Double)
    case string(String)
    case array([JSONValue])
    /// Members in the order of the text.
    case object([JSONMember])

    /// What a key that occurs twice in one object means.
    package enum Duplicates: Hashable, Sendable {
        case refused
        /// Both members are in the tree; the subscript finds the last (RFC 8259 §4: what most
        /// implementations do).
        case kept
    }

    /// Reads one JSON text.
    package init(
        parsing bytes: [UInt8],
        duplicates: Duplicates = .refused,
        limits: JSONLimits = JSONLimits()
    ) throws(JSONError) {
        var reader = try JSONReader(bytes, limits: limits)
        self = try reader.value(duplicates)
        try reader.finish()
    }

    /// The member `key` of an object.
    package subscript(key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.key == key }?.value
    }

    package var string: String? {
        guard case .string(let value) = self else { return nil }
        return value
    }

    package var integer: Int64? {
        guard case .integer(let value) = self else { return nil }
        return value
    }

    package var boolean: Bool? {
        guard case .boolean(let value) = self else { return nil }
        return value
    }

    package var array: [JSONValue]? {
        guard case .array(let value) = self else { return nil }
        return value
    }

    package var object: [JSONMember]? {
        guard case .object(let value) = self else { return nil }
        return value
    }
}

/// One member of a JSON object.
package struct JSONMember: Hashable, Sendable {
    package var key: String
    package var value: JSONValue

    package init(key: String, value: JSONValue) {
        self.key = key
        self.value = value
    }
}

extension JSONReader {
    /// Reads the next value as a tree.
    package mutating func value(
        _ duplicates: JSONValue.Duplicates = .refused
    ) throws(JSONError) -> JSONValue {
        switch try peek() {
        case .null:
            try null()
            return .null
        case .boolean: return .boolean(try boolean())
        case .string: return .string(try string())
        case .number:
            switch try number() {
            case .integer(let value): return .integer(value)
            case .double(let value): return .double(value)
            }
        case .array:
            var elements: [JSONValue] = []
            try beginArray()
            while try nextElement() { elements.append(try value(duplicates)) }
            return .array(elements)
        case .object: return .object(try members(duplicates))
        }
    }

    private mutating func members(
        _ duplicates: JSONValue.Duplicates
    ) throws(JSONError) -> [JSONMember] {
        var members: [JSONMember] = []
        var seen: Set<String> = []
        try beginObject()
        while let key = try nextKey() {
            if duplicates == .refused, !seen.insert(key).inserted {
                throw JSONError(.duplicateKey(key), at: offset)
            }
            members.append(JSONMember(key: key, value: try value(duplicates)))
        }
        return members
    }
}
