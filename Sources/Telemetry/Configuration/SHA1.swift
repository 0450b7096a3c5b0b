/// SHA-1 (FIPS 180-4), which name-based UUIDs are made with.
///
/// It is broken as a safeguard, so nothing else may use it.
package enum SHA1 {
    /// The twenty bytes of the digest as five words.
    package static func digest(of message: [UInt8]) -> [UInt32] {
        // §5.1.1: a one bit, zeros up to 56 bytes of the last block, the length in bits.
        var padded = message
        padded.append(0x80)
        while padded.count % 64 != 56 { padded.append(0) }
        let bitCount = UInt64(message.count) * 8
        padded += (0..<8).map { UInt8(truncatingIfNeeded: bitCount >> UInt64(56 - $0 * 8)) }

        var state: [UInt32] = [
            0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0,
        ]
        for start in stride(from: 0, to: padded.count, by: 64) {
            compress(padded[start..<start + 64], into: &state)
        }
        return state
    }

    /// One block, as §6.1.2 has it.
    private static func compress(_ block: ArraySlice<UInt8>, into state: inout [UInt32]) {
        var schedule = [UInt32](repeating: 0, count: 80)
        for (offset, byte) in block.enumerated() {
            schedule[offset / 4] = schedule[offset / 4] << 8 | UInt32(byte)
        }
        for index in 16..<80 {
            let word =
                schedule[index - 3] ^ schedule[index - 8] ^ schedule[index - 14]
                ^ schedule[index - 16]
            schedule[index] = rotate(word, 1)
        }
        var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
        for round in 0..<80 {
            let (mixed, constant) = function(round, b, c, d)
            let next = rotate(a, 5) &+ mixed &+ e &+ constant &+ schedule[round]
            (e, d, c, b, a) = (d, c, rotate(b, 30), a, next)
        }
        for (index, word) in [a, b, c, d, e].enumerated() { state[index] &+= word }
    }

    /// The function and the constant of a round (§4.1.1, §4.2.1).
    private static func function(
        _ round: Int,
        _ b: UInt32,
        _ c: UInt32,
        _ d: UInt32
    ) -> (UInt32, UInt32) {
        switch round {
        case ..<20: ((b & c) ^ (~b & d), 0x5a82_7999)
        case ..<40: (b ^ c ^ d, 0x6ed9_eba1)
        case ..<60: ((b & c) ^ (b & d) ^ (c & d), 0x8f1b_bcdc)
        default: (b ^ c ^ d, 0xca62_c1d6)
        }
    }

    private static func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 {
        word << count | word >> (32 - count)
    }
}
