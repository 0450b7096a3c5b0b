import CProcessor

/// SHA-256 (FIPS 180-4), fed piece by piece: by the processor's instructions where it has them.
///
/// Our own, because a span id costs one block, and a call into libcrypto costs more than the block.
package struct SHA256: Sendable {
    /// Whether this processor hashes by itself.
    package static let hasInstructions = weir_has_sha256() != 0

    private let isPortable: Bool
    private var state = SHA256.initialState
    /// The block being filled: its bytes as they came.
    private var block = [16 of UInt32](repeating: 0)
    private var byteCount: UInt64 = 0

    package init() {
        isPortable = !SHA256.hasInstructions
    }

    /// Hashes without the processor's instructions if `isPortable`: both ways give the same.
    package init(isPortable: Bool) {
        self.isPortable = isPortable || !SHA256.hasInstructions
    }

    package mutating func update(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBytes { unsafe update($0) }
    }

    package mutating func update(_ bytes: [UInt8]) {
        unsafe bytes.withUnsafeBytes { unsafe update($0) }
    }

    package mutating func update(_ text: String) {
        unsafe text.withContiguousUTF8 { unsafe update(UnsafeRawBufferPointer($0)) }
    }

    /// Eight bytes, most significant first.
    package mutating func update(bigEndian value: UInt64) {
        var bytes = value.bigEndian
        unsafe withUnsafeBytes(of: &bytes) { unsafe update($0) }
    }

    private mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress else { return }
        var position = 0
        while position < bytes.count {
            let place = Int(truncatingIfNeeded: byteCount & 63)
            let count = min(64 &- place, bytes.count &- position)
            unsafe withUnsafeMutableBytes(of: &block) { block in
                let free = unsafe UnsafeMutableRawBufferPointer(rebasing: block[place...])
                unsafe free.baseAddress?.copyMemory(from: start + position, byteCount: count)
            }
            position &+= count
            byteCount &+= UInt64(truncatingIfNeeded: count)
            if place &+ count == 64 { compress() }
        }
    }

    /// The digest of all that was given; more may be given afterwards.
    package func digest() -> SHA256Digest {
        var padded = self
        padded.pad()
        return SHA256Digest(words: padded.state)
    }

    /// Hashes a message that fills one block with its padding.
    ///
    /// - Parameter block: The message, a one bit, zeros, and the length in the last eight bytes.
    /// - Returns: Its digest.
    static func digest(ofPadded block: borrowing [16 of UInt32]) -> SHA256Digest {
        var hash = SHA256()
        hash.block = copy block
        hash.compress()
        return SHA256Digest(words: hash.state)
    }

    /// §5.1.1: a one bit, zeros up to 56 bytes of the last block, the length in bits.
    private mutating func pad() {
        let bitCount = byteCount &* 8
        let place = Int(truncatingIfNeeded: byteCount & 63)
        fill(place, 0x80)
        if place >= 56 {
            for next in place &+ 1..<64 { fill(next, 0) }
            compress()
            block = [16 of UInt32](repeating: 0)
        } else {
            for next in place &+ 1..<56 { fill(next, 0) }
        }
        block[14] = UInt32(truncatingIfNeeded: bitCount >> 32).bigEndian
        block[15] = UInt32(truncatingIfNeeded: bitCount).bigEndian
        compress()
    }

    @inline(__always)
    private mutating func fill(_ place: Int, _ byte: UInt8) {
        unsafe withUnsafeMutableBytes(of: &block) { unsafe $0[place] = byte }
    }

    private mutating func compress() {
        guard !isPortable else {
            // The standard's words are big-endian.
            var words = block
            for index in words.indices { words[index] = words[index].bigEndian }
            return compressPortably(words)
        }
        // Three arrays of just the lengths that the instructions read and write.
        unsafe withUnsafeMutableBytes(of: &state) { state in
            unsafe withUnsafeBytes(of: &block) { block in
                unsafe SHA256.constants.span.withUnsafeBytes { constants in
                    unsafe weir_sha256(
                        state.baseAddress?.assumingMemoryBound(to: UInt32.self),
                        block.baseAddress,
                        constants.baseAddress?.assumingMemoryBound(to: UInt32.self)
                    )
                }
            }
        }
    }

    /// §6.2.2, with the schedule kept as a window of sixteen words.
    private mutating func compressPortably(_ block: [16 of UInt32]) {
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        var (e, f, g, h) = (state[4], state[5], state[6], state[7])
        var window = block
        for round in 0..<64 {
            let slot = round & 15
            if round >= 16 {
                let near = window[(round &+ 14) & 15]
                let far = window[(round &+ 1) & 15]
                let sigma0 = rotate(far, 7) ^ rotate(far, 18) ^ far >> 3
                let sigma1 = rotate(near, 17) ^ rotate(near, 19) ^ near >> 10
                window[slot] &+= sigma0 &+ window[(round &+ 9) & 15] &+ sigma1
            }
            let sum1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
            let choice = (e & f) ^ (~e & g)
            let first = h &+ sum1 &+ choice &+ SHA256.constants[round] &+ window[slot]
            let sum0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
            let majority = (a & b) ^ (a & c) ^ (b & c)
            (h, g, f, e) = (g, f, e, d &+ first)
            (d, c, b, a) = (c, b, a, first &+ sum0 &+ majority)
        }
        state[0] &+= a
        state[1] &+= b
        state[2] &+= c
        state[3] &+= d
        state[4] &+= e
        state[5] &+= f
        state[6] &+= g
        state[7] &+= h
    }

    @inline(__always)
    private func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 {
        word >> count | word << (32 &- count)
    }

    /// The initial hash value of §5.3.3.
    private static let initialState: [8 of UInt32] = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a,
        0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
    ]

    /// The constants of §4.2.2.
    private static let constants: [64 of UInt32] = [
        0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5,
        0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
        0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3,
        0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
        0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc,
        0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
        0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7,
        0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
        0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13,
        0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
        0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3,
        0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
        0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5,
        0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
        0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208,
        0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
    ]
}

/// The 32 bytes of a SHA-256 digest, shown as 64 lower-case hexadecimal digits.
package struct SHA256Digest: Sendable, CustomStringConvertible {
    private let words: [8 of UInt32]

    fileprivate init(words: [8 of UInt32]) {
        self.words = words
    }

    package init(of bytes: [UInt8]) {
        var hash = SHA256()
        hash.update(bytes)
        self = hash.digest()
    }

    package init(of text: String) {
        var hash = SHA256()
        hash.update(text)
        self = hash.digest()
    }

    /// Eight of the bytes as a number, most significant first; `index` 0 is the first eight.
    package func leading(_ index: Int) -> UInt64 {
        UInt64(words[index * 2]) << 32 | UInt64(words[index * 2 + 1])
    }

    package var bytes: [UInt8] {
        words.indices.flatMap { index in
            (0..<4).map { UInt8(truncatingIfNeeded: words[index] >> UInt32(24 - $0 * 8)) }
        }
    }

    package var description: String {
        (0..<4).map { SpanID(leading($0)).description }.joined()
    }
}
