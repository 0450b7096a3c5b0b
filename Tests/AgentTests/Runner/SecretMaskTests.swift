import Agent
import Pipeline
import TestSupport
import Testing

struct SecretMaskTests {
    private let value = "s3cr\"t/värde+x"

    private func masked(_ text: String, _ values: [String]) -> String {
        SecretMask(values: values).masked(text)
    }

    @Test func `masks the value and leaves the rest`() {
        #expect(masked("a \(value) b", [value]) == "a *** b")
        #expect(masked("nothing here", [value]) == "nothing here")
    }

    @Test(arguments: [
        #"s3cr\"t/värde+x"#, "s3cr%22t%2Fv%C3%A4rde%2Bx", "czNjciJ0L3bDpHJkZSt4",
    ])
    func `masks the encoded shapes`(shape: String) {
        #expect(masked("[\(shape)]", [value]) == "[***]")
    }

    @Test func `masks base64 at every alignment, but for the bytes it shares with its neighbours`()
    {
        // base64 of "u:password-one", "us:password-one" and "usr:password-one".
        for text in ["dTpwYXNzd29yZC1vbmU=", "dXM6cGFzc3dvcmQtb25l", "dXNyOnBhc3N3b3JkLW9uZQ=="] {
            #expect(masked(text, ["password-one"]).contains("***"), "\(text)")
        }
    }

    @Test func `each long line of a value is a secret of its own`() {
        let key = "-----BEGIN-----\nabcdefghijkl\nshort\n"
        #expect(masked("x abcdefghijkl y short", [key]) == "x *** y short")
    }

    @Test func `values too short to be told from text are not masked`() {
        #expect(SecretMask(values: ["", "abc", "abcde"]).isEmpty)
        #expect(!SecretMask(values: ["abcdef"]).isEmpty)
    }

    @Test func `wherever the stream is cut, the outcome is the same`() {
        let mask = SecretMask(values: ["hunter2", "hunter2-long", "xyzxyzq"])
        let text = Array("hunter2 hunter2-long hunter2-lon hunxyzxyzxyzq hunte".utf8)
        var whole = text
        let expected = mask.mask(&whole, isFinal: true)
        var random = SeededRandom(seed: 7)
        for _ in 0..<500 {
            var pending: [UInt8] = []
            var output: [UInt8] = []
            for byte in text {
                pending.append(byte)
                if random.oneIn(4) { output += mask.mask(&pending, isFinal: false) }
            }
            output += mask.mask(&pending, isFinal: true)
            #expect(output == expected)
        }
        #expect(String(decoding: expected, as: UTF8.self) == "*** *** ***-lon hunxyz*** hunte")
    }
}

struct OutputFileTests {
    private func parse(_ text: String) -> ([String], String?) {
        let (outputs, fault) = OutputFile.parse(Array(text.utf8), mask: SecretMask(values: []))
        return (outputs.map { "\($0.key)=\($0.value)" }, fault)
    }

    @Test func `reads pairs, blocks, and the later of two`() {
        let (outputs, fault) = parse("a=1\nb=x=y\n\nc<<END\none\ntwo\nEND\na=2\nempty=\n")
        #expect(fault == nil)
        #expect(outputs == ["a=2", "b=x=y", "c=one\ntwo", "empty="])
    }

    @Test(arguments: ["novalue", "=x", "1a=x", "a b=c", "a<<", "a<<E\nopen", "ä=1"])
    func `names the line that is not an output`(text: String) {
        let (outputs, fault) = parse("ok=1\n" + text)
        #expect(outputs.isEmpty)
        #expect(fault != nil)
    }

    @Test func `bounds keys and values at the limit and one beyond`() {
        let value = String(repeating: "v", count: 64 << 10)
        #expect(parse("a=\(value)").1 == nil)
        #expect(parse("a=\(value)v").1?.contains("64 KiB") == true)
        let keys = (0..<256).map { "k\($0)=v\n" }.joined()
        #expect(parse(keys).1 == nil)
        #expect(parse(keys + "more=v").1?.contains("256") == true)
    }

    @Test func `refuses what is not UTF-8, and never traps`() {
        let mask = SecretMask(values: [])
        #expect(OutputFile.parse([0x61, 0x3d, 0xff], mask: mask).fault != nil)
        var random = SeededRandom(seed: 11)
        for _ in 0..<2_000 {
            let count = Int.random(in: 0..<40, using: &random)
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...127, using: &random) }
            _ = OutputFile.parse(bytes, mask: mask)
        }
    }
}

struct TailRingTests {
    @Test func `keeps the last lines and counts all`() {
        var ring = TailRing()
        for number in 1...100 { ring.append(Array("line \(number)\n".utf8)[...]) }
        ring.append(Array("open".utf8)[...])
        #expect(ring.totalLines == 101)
        #expect(ring.tail.lines.count == 20)
        #expect(ring.tail.lines.first == "line 82")
        #expect(ring.tail.lines.last == "open")
        #expect(ring.lastLine == "open")
    }

    @Test func `cuts long lines and carriage returns`() {
        var ring = TailRing()
        ring.append([UInt8](repeating: UInt8(ascii: "x"), count: 5_000)[...])
        ring.append(Array("\nb\r\n".utf8)[...])
        #expect(ring.tail.lines.map(\.count) == [1_024, 1])
        #expect(ring.totalLines == 2)
    }
}
