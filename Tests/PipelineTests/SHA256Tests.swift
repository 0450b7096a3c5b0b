import Pipeline
import Testing

/// The vectors of FIPS 180-4's examples and of NIST's CAVP short and Monte-Carlo style messages.
struct SHA256Tests {
    @Test(
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (
                "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
                    + "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
                "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
            ),
        ]
    )
    func `gives the digests of the standard's examples`(message: String, digest: String) {
        #expect(SHA256Digest(of: message).description == digest)
        #expect(SHA256Digest(of: Array(message.utf8)).description == digest)
    }

    @Test func `gives the digest of a million letters a`() {
        let message = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)
        #expect(
            SHA256Digest(of: message).description
                == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        )
    }

    /// NIST CAVP `SHA256ShortMsg.rsp`, Len = 8, 16 and 512.
    @Test(
        arguments: [
            ([0xd3], "28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1"),
            ([0x11, 0xaf], "5ca7133fa735326081558ac312c620eeca9970d1e70a4b95533d956f072d1f98"),
        ] as [([UInt8], String)]
    )
    func `gives the digests of the validation suite`(message: [UInt8], digest: String) {
        #expect(SHA256Digest(of: message).description == digest)
    }

    @Test func `does not depend on how the message is cut`() {
        let message = (0..<200).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let whole = SHA256Digest(of: message).description
        for cut in message.indices {
            var hash = SHA256()
            hash.update(Array(message[..<cut]))
            hash.update(Array(message[cut...]))
            #expect(hash.digest().description == whole, "cut at \(cut)")
        }
    }

    @Test func `shows the same bytes as numbers, bytes and digits`() {
        let digest = SHA256Digest(of: "abc")
        #expect(digest.leading(0) == 0xba78_16bf_8f01_cfea)
        #expect(digest.leading(3) == 0xb410_ff61_f200_15ad)
        #expect(digest.bytes.count == 32)
        #expect(digest.bytes.prefix(3) == [0xba, 0x78, 0x16])
    }

    @Test func `takes numbers most significant byte first`() {
        var hash = SHA256()
        hash.update(bigEndian: 0x6162_6364_6566_6768)
        #expect(hash.digest().description == SHA256Digest(of: "abcdefgh").description)
    }

    @Test func `gives the same by the processor's instructions and without them`() {
        // On a processor without them both are the portable way, and this proves nothing.
        var random = SplitMix(seed: 41)
        for length in Array(0..<200) + [255, 256, 257, 1_000, 4_099] {
            let message = (0..<length).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            var portable = SHA256(isPortable: true)
            var quick = SHA256(isPortable: false)
            let cut = length / 3
            portable.update(message)
            quick.update(Array(message[..<cut]))
            quick.update(Array(message[cut...]))
            #expect(quick.digest().bytes == portable.digest().bytes, "\(length) bytes")
        }
    }

    @Test(arguments: [true, false])
    func `gives a standard's example of two blocks either way`(isPortable: Bool) {
        var hash = SHA256(isPortable: isPortable)
        hash.update("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")
        #expect(
            hash.digest().description
                == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        )
    }

    @Test func `a message of one block has the same digest, and a longer one has none`() {
        for length in 0...80 {
            let text = String(repeating: "abcdefg", count: 12).prefix(length)
            var block = SHA256Block()
            block.append(String(text.prefix(length / 3)))
            block.append(String(text.dropFirst(length / 3)))
            let digest = block.digest()
            #expect((digest == nil) == (length > 55))
            if let digest {
                #expect(digest.description == SHA256Digest(of: String(text)).description)
            }
        }
    }
}
