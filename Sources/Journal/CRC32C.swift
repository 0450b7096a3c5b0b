import CLinux

/// CRC-32C (Castagnoli; RFC 3720 §12.1, appendix B.4), eight bytes a step: by the processor's
/// instruction where it has one, else by tables ("slicing by 8").
package enum CRC32C {
    private static let hasInstruction = weir_has_crc32c() != 0

    /// - Precondition: `range` lies within `bytes`.
    package static func checksum(_ bytes: [UInt8], in range: Range<Int>) -> UInt32 {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count)
        return unsafe bytes.withUnsafeBytes { all in
            let bytes = unsafe UnsafeRawBufferPointer(rebasing: all[range])
            guard hasInstruction, let start = bytes.baseAddress else {
                return unsafe tabledChecksum(bytes)
            }
            return unsafe ~weir_crc32c(.max, start.assumingMemoryBound(to: UInt8.self), bytes.count)
        }
    }

    package static func checksum(_ bytes: [UInt8]) -> UInt32 {
        checksum(bytes, in: bytes.indices)
    }

    /// The checksum by the tables, whatever the processor has.
    package static func tabledChecksum(_ bytes: [UInt8]) -> UInt32 {
        unsafe bytes.withUnsafeBytes { unsafe tabledChecksum($0) }
    }

    private static func tabledChecksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        unsafe tables.withUnsafeBufferPointer { table in
            var crc = UInt32.max
            var position = 0
            while position + 8 <= bytes.count {
                let word = unsafe bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)
                let mixed = UInt64(littleEndian: word) ^ UInt64(crc)
                crc = unsafe table[1792 + Int(mixed & 255)] ^ table[1536 + Int(mixed >> 8 & 255)]
                crc = unsafe crc ^ table[1280 + Int(mixed >> 16 & 255)]
                crc = unsafe crc ^ table[1024 + Int(mixed >> 24 & 255)]
                crc = unsafe crc ^ table[768 + Int(mixed >> 32 & 255)]
                crc = unsafe crc ^ table[512 + Int(mixed >> 40 & 255)]
                crc = unsafe crc ^ table[256 + Int(mixed >> 48 & 255)]
                crc = unsafe crc ^ table[Int(mixed >> 56)]
                position += 8
            }
            while position < bytes.count {
                let byte = unsafe bytes[position]
                crc = unsafe crc >> 8 ^ table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)]
                position += 1
            }
            return ~crc
        }
    }

    /// Table `k` (256 entries from `256 * k`) gives the effect of a byte followed by `k` zeros.
    private static let tables: [UInt32] = {
        // The polynomial 0x1EDC6F41 with its bits reversed.
        let polynomial: UInt32 = 0x82F6_3B78
        var tables = (0..<256).map { index in
            (0..<8).reduce(UInt32(index)) { crc, _ in
                crc & 1 == 1 ? crc >> 1 ^ polynomial : crc >> 1
            }
        }
        tables.reserveCapacity(8 * 256)
        for index in 256..<(8 * 256) {
            let previous = tables[index - 256]
            tables.append(previous >> 8 ^ tables[Int(previous & 255)])
        }
        return tables
    }()
}
