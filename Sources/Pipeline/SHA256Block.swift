/// A message of at most 55 bytes, so of one block (FIPS 180-4 §5.1.1), put together where it is hashed.
///
/// A span's id is the digest of such a message: to feed it piece by piece costs more than to hash it.
package struct SHA256Block: Sendable {
    private var block = [16 of UInt32](repeating: 0)
    private var count = 0

    /// What of a block is left for the message: after it come a one bit and eight bytes of length.
    private static let capacity = 55

    package init() {}

    /// Eight bytes, most significant first.
    package mutating func append(bigEndian value: UInt64) {
        var bytes = value.bigEndian
        unsafe withUnsafeBytes(of: &bytes) { unsafe append($0) }
    }

    @inline(__always)
    package mutating func append(_ text: String) {
        unsafe text.withContiguousUTF8 { unsafe append(UnsafeRawBufferPointer($0)) }
    }

    package mutating func append(_ text: StaticString) {
        unsafe append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// What does not fit is only counted.
    @inline(__always)
    private mutating func append(_ bytes: UnsafeRawBufferPointer) {
        let place = count
        count += bytes.count
        guard count <= SHA256Block.capacity, let start = bytes.baseAddress else { return }
        unsafe withUnsafeMutableBytes(of: &block) { block in
            unsafe block.baseAddress?.advanced(by: place)
                .copyMemory(from: start, byteCount: bytes.count)
        }
    }

    /// The message's digest; `nil` if it is too long for one block.
    package consuming func digest() -> SHA256Digest? {
        guard count <= SHA256Block.capacity else { return nil }
        let place = count
        unsafe withUnsafeMutableBytes(of: &block) { unsafe $0[place] = 0x80 }
        block[15] = UInt32(truncatingIfNeeded: count * 8).bigEndian
        return SHA256.digest(ofPadded: block)
    }
}
