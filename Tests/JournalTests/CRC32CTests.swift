import Journal
import TestSupport
import Testing

struct CRC32CTests {
    struct Vector: CustomTestStringConvertible {
        var name: String
        var bytes: [UInt8]
        var checksum: UInt32
        var testDescription: String { name }
    }

    /// RFC 3720, appendix B.4, and the check value of the catalogue of parametrised CRCs.
    static let vectors = [
        Vector(name: "nothing", bytes: [], checksum: 0),
        Vector(name: "check", bytes: Array("123456789".utf8), checksum: 0xE306_9283),
        Vector(name: "32 of 0x00", bytes: .init(repeating: 0, count: 32), checksum: 0x8A91_36AA),
        Vector(name: "32 of 0xFF", bytes: .init(repeating: 255, count: 32), checksum: 0x62A8_AB43),
        Vector(name: "rising", bytes: Array(0..<32), checksum: 0x46DD_794E),
        Vector(name: "falling", bytes: (0..<32).reversed(), checksum: 0x113F_DB5C),
        Vector(
            name: "an iSCSI read command",
            bytes: [
                0x01, 0xC0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x14, 0, 0, 0, 0, 0, 4, 0,
                0, 0, 0, 0x14, 0, 0, 0, 0x18, 0x28, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0,
            ],
            checksum: 0xD996_3A56
        ),
    ]

    @Test(arguments: vectors)
    func `gives the checksum of the standard`(vector: Vector) {
        #expect(CRC32C.checksum(vector.bytes) == vector.checksum)
        #expect(CRC32C.tabledChecksum(vector.bytes) == vector.checksum)
    }

    @Test func `agrees with the definition, bit by bit, at every length and offset`() {
        var random = SeededRandom(seed: 7)
        let bytes = (0..<80).map { _ in UInt8.random(in: 0...255, using: &random) }
        for start in 0..<16 {
            for end in start...bytes.count {
                let range = start..<end
                let expected = slowChecksum(bytes[range])
                #expect(CRC32C.checksum(bytes, in: range) == expected)
                #expect(CRC32C.tabledChecksum(Array(bytes[range])) == expected)
            }
        }
    }

    private func slowChecksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        var crc = UInt32.max
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0x82F6_3B78 : crc >> 1 }
        }
        return ~crc
    }
}
