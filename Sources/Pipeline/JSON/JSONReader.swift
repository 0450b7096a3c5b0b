/// Reads JSON (RFC 8259, strictly) value by value from bytes in memory: no tree, and no
/// allocation but for long strings.
///
/// The caller says what it expects and gets it or an error; commas and colons are the reader's
/// business:
///
///     var reader = try JSONReader(bytes)
///     try reader.beginObject()
///     while let key = try reader.nextKey() {
///         if key == "step" { step = try reader.string() } else { try reader.skipValue() }
///     }
///     try reader.finish()
package struct JSONReader: Sendable {
    /// What kind of value stands next.
    package enum Kind: Hashable, Sendable {
        case null
        case boolean
        case number
        case string
        case array
        case object
    }

    let bytes: [UInt8]
    /// Offset of the next byte, within `bytes`.
    var position: Int
    let start: Int
    let end: Int
    let depthLimit: Int
    var depth = 0
    /// True right after an opening bracket: what comes next needs no comma.
    var isFirst = true

    package init(
        _ bytes: [UInt8],
        in range: Range<Int>? = nil,
        limits: JSONLimits = JSONLimits()
    ) throws(JSONError) {
        let range = range?.clamped(to: bytes.indices) ?? bytes.indices
        self.bytes = bytes
        start = range.lowerBound
        position = start
        end = range.upperBound
        depthLimit = limits.depth
        if range.count > limits.bytes { throw JSONError(.tooLong(limits.bytes), at: limits.bytes) }
    }

    /// Where the reader stands, in bytes from the text's beginning.
    package var offset: Int { position - start }

    /// The kind of the value that stands next.
    package mutating func peek() throws(JSONError) -> Kind {
        switch try nextByte() {
        case UInt8(ascii: "{"): .object
        case UInt8(ascii: "["): .array
        case UInt8(ascii: "\""): .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): .boolean
        case UInt8(ascii: "n"): .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): .number
        default: throw error(.expected("a value"))
        }
    }

    package mutating func beginObject() throws(JSONError) {
        try open(UInt8(ascii: "{"), "an object")
    }

    package mutating func beginArray() throws(JSONError) {
        try open(UInt8(ascii: "["), "an array")
    }

    /// The key of the object's next member; `nil` closes the object.
    package mutating func nextKey() throws(JSONError) -> String? {
        guard try advance(to: UInt8(ascii: "}"), "a comma or the object's end") else { return nil }
        guard try nextByte() == UInt8(ascii: "\"") else { throw error(.expected("a key")) }
        let key = try text()
        try expect(UInt8(ascii: ":"), "a colon")
        return key
    }

    /// Takes the next member's key if it is `name`, spelled without escapes; else does nothing.
    package mutating func takeKey(_ name: StaticString) -> Bool {
        var place = position
        if !isFirst {
            guard skipSpace(from: &place), bytes[place] == UInt8(ascii: ",") else { return false }
            place += 1
        }
        guard skipSpace(from: &place), holds(name, at: place) else { return false }
        place += name.utf8CodeUnitCount + 2
        guard skipSpace(from: &place), bytes[place] == UInt8(ascii: ":") else { return false }
        position = place + 1
        return true
    }

    /// Whether `name` stands at `place`, in quotation marks.
    private func holds(_ name: StaticString, at place: Int) -> Bool {
        let count = name.utf8CodeUnitCount
        guard end - place >= count + 2 else { return false }
        return unsafe bytes.withUnsafeBufferPointer { bytes in
            guard unsafe bytes[place + count + 1] == UInt8(ascii: "\""),
                unsafe bytes[place] == UInt8(ascii: "\"")
            else { return false }
            for index in 0..<count {
                guard unsafe bytes[place + 1 + index] == name.utf8Start[index] else { return false }
            }
            return true
        }
    }

    /// Whether the array has another element; `false` closes it.
    package mutating func nextElement() throws(JSONError) -> Bool {
        try advance(to: UInt8(ascii: "]"), "a comma or the array's end")
    }

    package mutating func string() throws(JSONError) -> String {
        guard try nextByte() == UInt8(ascii: "\"") else { throw error(.expected("a string")) }
        return try text()
    }

    package mutating func boolean() throws(JSONError) -> Bool {
        switch try nextByte() {
        case UInt8(ascii: "t"): try word("true")
        case UInt8(ascii: "f"): try word("false")
        default: throw error(.expected("true or false"))
        }
        return bytes[position - 4] == UInt8(ascii: "t")
    }

    package mutating func null() throws(JSONError) {
        guard try nextByte() == UInt8(ascii: "n") else { throw error(.expected("null")) }
        try word("null")
    }

    /// Takes `null` if it stands next; else does nothing.
    package mutating func takeNull() throws(JSONError) -> Bool {
        guard try nextByte() == UInt8(ascii: "n") else { return false }
        try word("null")
        return true
    }

    /// A number without fraction and exponent.
    package mutating func integer() throws(JSONError) -> Int64 { try wholeNumber() }

    /// A number without sign, fraction and exponent.
    package mutating func unsignedInteger() throws(JSONError) -> UInt64 { try wholeNumber() }

    /// Any number, as the nearest double.
    package mutating func double() throws(JSONError) -> Double {
        let (range, _) = try numberRange()
        let text = String(decoding: bytes[range], as: UTF8.self)
        guard let value = Double(text), value.isFinite else {
            throw JSONError(.numberOutOfRange, at: range.lowerBound - start)
        }
        return value
    }

    /// Any number: an integer where it is written as one and fits, else a double.
    package mutating func number() throws(JSONError) -> JSONNumber {
        let place = position
        let (_, isInteger) = try numberRange()
        let after = position
        position = place
        if isInteger {
            do {
                return .integer(try integer())
            } catch {
                position = place
            }
        }
        let value = try double()
        position = after
        return .double(value)
    }

    /// Passes over the next value, whatever it is, and checks it.
    package mutating func skipValue() throws(JSONError) {
        switch try peek() {
        case .null: try null()
        case .boolean: _ = try boolean()
        case .number: _ = try numberRange()
        case .string: _ = try string()
        case .array:
            try beginArray()
            while try nextElement() { try skipValue() }
        case .object:
            try beginObject()
            while try nextKey() != nil { try skipValue() }
        }
    }

    /// Checks that nothing but white space follows.
    package mutating func finish() throws(JSONError) {
        if skipSpace(from: &position) { throw error(.trailingContent) }
    }
}
