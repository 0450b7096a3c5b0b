import Telemetry
import TestSupport
import Testing

/// Bodies that are broken in every way: each is counted or refused, and none leads outside.
struct OTLPCountFuzzTests {
    private static let samples = OTLPCountTests.Sample.all

    /// - Returns: Whether it was taken for a request.
    @discardableResult
    private func isTaken(_ bytes: [UInt8], as sample: OTLPCountTests.Sample) -> Bool {
        do throws(OTLPFault) {
            _ = try OTLPCount.items(in: bytes, sample.signal, sample.encoding, depth: 200)
            return true
        } catch {
            #expect((0...bytes.count).contains(error.offset), "\(error)")
            return false
        }
    }

    @Test(arguments: samples)
    func `cut anywhere it is refused, but for nothing at all`(_ sample: OTLPCountTests.Sample) {
        for end in 0..<sample.bytes.count {
            let isTaken = isTaken(Array(sample.bytes[..<end]), as: sample)
            #expect(isTaken == (end == 0 && sample.encoding == .protobuf), "cut at \(end)")
        }
    }

    @Test(arguments: samples)
    func `flipped and lengthened bytes lead nowhere`(_ sample: OTLPCountTests.Sample) {
        var random = SeededRandom(seed: 20_261_121)
        var refused = 0
        for _ in 0..<4_000 {
            var bytes = sample.bytes
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: bytes.indices, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                case 1: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
                case 2: bytes.insert(0xFF, at: place)
                default: bytes.remove(at: place)
                }
            }
            if !isTaken(bytes, as: sample) { refused += 1 }
        }
        // Most changes are in names and values, where nobody looks.
        #expect(refused > 100)
    }

    @Test func `any bytes at all are judged`() {
        var random = SeededRandom(seed: 7)
        for _ in 0..<4_000 {
            let count = Int.random(in: 0..<64, using: &random)
            let bytes = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            for sample in Self.samples { isTaken(bytes, as: sample) }
        }
    }

    @Test func `ten megabytes of varint are read ten bytes far`() {
        let chain = [UInt8](repeating: 0x80, count: 10 << 20)
        for sample in Self.samples where sample.encoding == .protobuf {
            #expect(!isTaken(chain, as: sample))
        }
    }

    @Test func `messages inside each other are not followed`() {
        // Each is the content of field 1 of the one around it: three are looked into.
        var bytes: [UInt8] = []
        for _ in 0..<2_000 { bytes = Protobuf.field(1, bytes) }
        for sample in Self.samples where sample.encoding == .protobuf { isTaken(bytes, as: sample) }
    }

    @Test func `a hundred thousand brackets are too deep`() throws {
        let sample = try #require(Self.samples.first { $0.encoding == .json })
        for opening in ["[", #"{"a":"#, #"{"resourceSpans":["#] {
            let text = #"{"a":"# + String(repeating: opening, count: 100_000)
            #expect(!isTaken(Array(text.utf8), as: sample))
        }
    }

    @Test func `attributes may lie as deep as protobuf's own limit`() throws {
        let sample = try #require(Self.samples.first { $0.encoding == .json })
        func body(_ depth: Int) -> [UInt8] {
            let open = String(
                repeating: #"{"kvlistValue":{"values":[{"key":"k","value":"#,
                count: depth
            )
            let close = String(repeating: "}]}}", count: depth)
            return Array((#"{"resourceSpans":[{"new":"# + open + "{}" + close + "}]}").utf8)
        }
        #expect(isTaken(body(40), as: sample))
        #expect(!isTaken(body(60), as: sample))
    }
}
