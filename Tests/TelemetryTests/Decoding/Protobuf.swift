/// Bytes of protobuf's wire format, right or wrong, as a test wants them.
struct Protobuf {
    var bytes: [UInt8] = []

    static func varint(_ value: UInt64) -> [UInt8] {
        var rest = value
        var bytes: [UInt8] = []
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }

    static func tag(_ number: Int, _ type: Int) -> [UInt8] {
        varint(UInt64(number) << 3 | UInt64(type))
    }

    /// A field of bytes, a text or a message; `length` lies about how long it is.
    static func field(_ number: Int, _ content: [UInt8], length: Int? = nil) -> [UInt8] {
        tag(number, 2) + varint(UInt64(length ?? content.count)) + content
    }

    static func field(_ number: Int, varint value: UInt64) -> [UInt8] {
        tag(number, 0) + varint(value)
    }

    /// Resource and scope around an item of whatever signal.
    static func request(_ items: [UInt8]...) -> [UInt8] {
        field(1, field(2, items.flatMap { field(2, $0) }))
    }

    static let traceID = [UInt8](1...16)
    static let spanID = [UInt8](1...8)
    static let span = field(1, traceID) + field(2, spanID)

    /// A metric with so many points of a kind.
    static func metric(_ kind: Int, points: Int) -> [UInt8] {
        let point = tag(3, 1) + [UInt8](repeating: 0, count: 8)
        return field(kind, (0..<points).flatMap { _ in field(1, point) })
    }
}
