import Pipeline

/// The kinds of values that fields have.
extension RunEventDecoder {
    mutating func require(_ name: StaticString) throws {
        guard reader.takeKey(name) else {
            throw CodecError.missingField("\(name)", type: type)
        }
    }

    mutating func string(_ name: StaticString) throws -> String {
        try require(name)
        return try reader.string()
    }

    mutating func optionalString(_ name: StaticString) throws -> String? {
        reader.takeKey(name) ? try reader.string() : nil
    }

    mutating func integer<Integer: FixedWidthInteger>(
        _ name: StaticString,
        _: Integer.Type
    ) throws -> Integer {
        try require(name)
        return try valid(Integer(exactly: try reader.integer()), name)
    }

    mutating func optionalInteger<Integer: FixedWidthInteger>(
        _ name: StaticString,
        _: Integer.Type
    ) throws -> Integer? {
        guard reader.takeKey(name) else { return nil }
        return try valid(Integer(exactly: try reader.integer()), name)
    }

    mutating func unsigned(_ name: StaticString) throws -> UInt64 {
        try require(name)
        return try reader.unsignedInteger()
    }

    mutating func instant(_ name: StaticString) throws -> Timestamp {
        Timestamp(nanoseconds: try integer(name, Int64.self))
    }

    mutating func boolean(_ name: StaticString) throws -> Bool {
        try require(name)
        return try reader.boolean()
    }

    /// A field that is there, and `true`, or not there.
    mutating func flag(_ name: StaticString) throws -> Bool {
        guard reader.takeKey(name) else { return false }
        return try valid(try reader.boolean() ? true : nil, name)
    }

    mutating func identifier<ID: HexIdentifier128>(
        _ name: StaticString,
        _: ID.Type
    ) throws -> ID {
        try valid(ID(hex: try string(name)), name)
    }

    func valid<Value>(_ value: Value?, _ name: StaticString) throws -> Value {
        guard let value else { throw CodecError.invalidValue(field: "\(name)", type: type) }
        return value
    }

    /// Closes the object; a field that is left is not of this vocabulary.
    mutating func endObject() throws {
        if let key = try reader.nextKey() { throw CodecError.unknownField(key, type: type) }
    }
}
