/// Reads the fields of one protobuf message where they stand, and nothing that they hold.
///
/// https://protobuf.dev/programming-guides/encoding: a field is a tag, which is a varint of its
/// number and wire type, and a payload whose length the wire type gives, or the payload itself.
/// Every length is compared with what is left before anything moves, so no input can lead outside.
struct ProtobufReader {
    enum WireType: Int {
        case varint = 0
        case fixed64 = 1
        case bytes = 2
        case fixed32 = 5
    }

    struct Field {
        var number: Int
        var type: WireType
        /// Where its tag stands.
        var offset: Int
        /// Where its payload stands; of `bytes`, what follows the length.
        var payload: Range<Int>
    }

    let bytes: [UInt8]
    private var position: Int
    private let end: Int

    init(_ bytes: [UInt8]) {
        self.init(bytes, bytes.indices)
    }

    private init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    /// The next field; what it holds has been passed over.
    mutating func next() throws(OTLPFault) -> Field? {
        guard position < end else { return nil }
        let offset = position
        let tag = try varint()
        guard (8...0xFFFF_FFFF).contains(tag) else { throw OTLPFault(.fieldNumber, at: offset) }
        let number = Int(tag >> 3)
        guard let type = WireType(rawValue: Int(tag & 7)) else {
            let isGroup = tag & 7 < 5
            throw OTLPFault(isGroup ? .group : .wireType(Int(tag & 7)), at: offset)
        }
        let payload = try payload(of: type)
        position = payload.upperBound
        return Field(number: number, type: type, offset: offset, payload: payload)
    }

    /// The fields of a message in a field of this one.
    func message(in field: Field, called name: String) throws(OTLPFault) -> ProtobufReader {
        guard field.type == .bytes else { throw OTLPFault(.kind(field: name), at: field.offset) }
        return ProtobufReader(bytes, field.payload)
    }

    private mutating func payload(of type: WireType) throws(OTLPFault) -> Range<Int> {
        let start = position
        switch type {
        case .varint:
            _ = try varint()
            return start..<position
        case .fixed64: return try range(of: 8, from: start)
        case .fixed32: return try range(of: 4, from: start)
        case .bytes:
            let length = try varint()
            guard length <= UInt64(end - position) else {
                throw OTLPFault(.lengthBeyondEnd(length), at: start)
            }
            return position..<(position + Int(length))
        }
    }

    private func range(of count: Int, from start: Int) throws(OTLPFault) -> Range<Int> {
        guard end - start >= count else { throw OTLPFault(.unexpectedEnd, at: start) }
        return start..<(start + count)
    }

    private mutating func varint() throws(OTLPFault) -> UInt64 {
        let start = position
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            guard position < end else { throw OTLPFault(.unexpectedEnd, at: start) }
            let byte = bytes[position]
            position += 1
            // The tenth byte has one bit left to give.
            guard shift < 63 || byte <= 1 else { throw OTLPFault(.varintTooLong, at: start) }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
    }
}
