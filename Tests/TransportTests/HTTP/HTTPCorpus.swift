import TestSupport
import Transport

/// Requests to be broken, and the ways to break them.
enum HTTPCorpus {
    static let seeds: [[UInt8]] = [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /a%20b/c?x=1&y HTTP/1.1\r\nHost: a:1\r\nA: b\r\n\r\n",
        "HEAD http://h/a HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "3;x\r\nabc\r\n1\r\nd\r\n0\r\nT: v\r\n\r\n",
        "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok",
        "OPTIONS * HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ].map { Array($0.utf8) }

    private static let pieces: [[UInt8]] = [
        "\r\n", "\n", "\r", "\r\n\r\n", " ", ":", "0\r\n\r\n", "Content-Length: 1\r\n",
        "Transfer-Encoding: chunked\r\n", "Host: b\r\n", "%", "%41", "ffffffffffffffff", "HTTP/1.1",
        "HTTP/1.0", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "\0",
        "\u{FF}",
    ].map { Array($0.utf8) }

    /// One or two requests with up to four faults: flipped bits, lost, doubled and foreign pieces.
    static func mutant(using random: inout SeededRandom) -> [UInt8] {
        var bytes = seeds[Int.random(in: 0..<seeds.count, using: &random)]
        if random.oneIn(4) { bytes += seeds[Int.random(in: 0..<seeds.count, using: &random)] }
        for _ in 0..<Int.random(in: 0...4, using: &random) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1: bytes.removeSubrange(place..<min(bytes.count, place + 3))
            case 2: bytes.removeSubrange(place...)
            case 3: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 9)], at: place)
            default:
                let piece = pieces[Int.random(in: 0..<pieces.count, using: &random)]
                bytes.insert(contentsOf: piece, at: place)
            }
        }
        return bytes
    }

    /// How many readings of `count` mutants went wrong, the first of them in words.
    static func faults(seed: UInt64, count: Int) -> (count: Int, first: String?, refused: Int) {
        var random = SeededRandom(seed: seed)
        var (faults, first, refused) = (0, String?.none, 0)
        for number in 0..<count {
            let bytes = mutant(using: &random)
            let limits = tightLimits
            let whole = HTTPFeeding.read(bytes, limits: limits)
            let split = HTTPFeeding.randomly(bytes, limits: limits, using: &random)
            let most = limits.requestLineBytes + limits.headerBytes + limits.bodyBytes + 300
            if whole.failure != nil { refused += 1 }
            if whole != split || whole.mostHeld > most {
                faults += 1
                let text = String(decoding: bytes, as: UTF8.self).debugDescription
                first = first ?? "seed \(seed), input \(number): \(text)"
            }
        }
        return (faults, first, refused)
    }
}
