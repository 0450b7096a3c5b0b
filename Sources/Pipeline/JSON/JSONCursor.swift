/// Writes parts of a JSON document into memory that is there already; commas are the caller's.
///
/// What does not fit is only counted, so that the owner of the memory learns how much it takes and
/// asks again (`JSONWriter.append`): one look for room per span, not one for each of its parts. Most
/// parts are short, and inlined everywhere, since a call costs more than to write them; they are
/// written with stores of fixed width, which may reach beyond what is counted.
///
/// Public, because the compiler inlines nothing into another module that is `package`.
@safe
public struct JSONCursor {
    @usableFromInline let memory: UnsafeMutablePointer<UInt8>?
    /// 0 once something was not written.
    @usableFromInline var capacity: Int
    @usableFromInline var position = 0

    /// With so much memory behind what is written there is room for every store.
    public static let slack = 128

    /// - Parameter memory: Must outlive the cursor.
    @unsafe
    public init(_ memory: UnsafeMutableBufferPointer<UInt8>) {
        unsafe self.memory = memory.baseAddress
        capacity = memory.count
    }

    /// How many bytes were written, or would have been.
    public var count: Int { position }
    /// Whether all that was counted was written.
    public var isWhole: Bool { position <= capacity }

    /// Room for `length` bytes and for what is stored beyond them, `width` in all.
    ///
    /// - Returns: `nil` where there is none; nothing that follows is written then, and all counted.
    @inlinable @inline(__always)
    @unsafe
    mutating func take(_ length: Int, width: Int) -> UnsafeMutableRawPointer? {
        let start = position
        position += length
        guard start + width <= capacity, let memory = unsafe memory else {
            capacity = 0
            return nil
        }
        return unsafe UnsafeMutableRawPointer(memory + start)
    }

    /// A byte as it stands.
    @inlinable
    public mutating func byte(_ byte: UInt8) {
        guard let place = unsafe take(1, width: 1) else { return }
        unsafe place.storeBytes(of: byte, as: UInt8.self)
    }

    /// Bytes as they stand.
    public mutating func bytes(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBytes { unsafe piece($0) }
    }

    /// Text as it stands.
    @inlinable @inline(__always)
    public mutating func piece(_ json: StaticString) {
        let length = json.utf8CodeUnitCount
        guard let place = unsafe take(length, width: length) else { return }
        unsafe place.copyMemory(from: json.utf8Start, byteCount: length)
    }

    /// The first `length` of the bytes at `source`, of which `width` can be read.
    @inlinable @inline(__always)
    @unsafe
    public mutating func piece(_ source: UnsafeRawPointer, _ length: Int, width: Int) {
        guard let place = unsafe take(length, width: width) else { return }
        unsafe place.copyMemory(from: source, byteCount: width)
    }

    @unsafe
    mutating func piece(_ source: UnsafeRawBufferPointer) {
        guard let start = source.baseAddress else { return }
        unsafe piece(start, source.count, width: source.count)
    }

    /// NaN and the infinities, which JSON lacks, become proto3 JSON's strings.
    public mutating func double(_ value: Double) {
        let text =
            if value.isNaN {
                "\"NaN\""
            } else if value.isInfinite {
                value < 0 ? "\"-Infinity\"" : "\"Infinity\""
            } else {
                value.description
            }
        bytes(text.utf8Span.span)
    }
}
