import TestSupport
import Transport

/// What a parser made of some bytes; equal for equal bytes, however they were cut.
struct HTTPReading: Equatable {
    var requests: [HTTPRequest] = []
    var failure: HTTPFailure?
    /// The client was told to go on with its body; depends on the cut.
    var continues = 0
    var mostHeld = 0

    static func == (left: HTTPReading, right: HTTPReading) -> Bool {
        left.requests == right.requests && left.failure == right.failure
    }
}

enum HTTPFeeding {
    /// Feeds `bytes` in `pieces`, each a count; what is left comes in one.
    static func read(
        _ bytes: [UInt8],
        pieces: [Int] = [],
        limits: HTTPLimits = HTTPLimits()
    ) -> HTTPReading {
        var parser = HTTPRequestParser(limits: limits)
        var reading = HTTPReading()
        var position = 0
        for count in pieces + [bytes.count] {
            let end = min(bytes.count, position + count)
            parser.feed(bytes[position..<end])
            drain(&parser, into: &reading)
            position = end
        }
        return reading
    }

    static func byteByByte(_ bytes: [UInt8], limits: HTTPLimits = HTTPLimits()) -> HTTPReading {
        read(bytes, pieces: Array(repeating: 1, count: bytes.count), limits: limits)
    }

    static func randomly(
        _ bytes: [UInt8],
        limits: HTTPLimits = HTTPLimits(),
        using random: inout SeededRandom
    ) -> HTTPReading {
        let most = random.oneIn(2) ? 4 : max(1, bytes.count)
        let pieces = (0..<8).map { _ in Int.random(in: 0...most, using: &random) }
        return read(bytes, pieces: pieces, limits: limits)
    }

    private static func drain(_ parser: inout HTTPRequestParser, into reading: inout HTTPReading) {
        while true {
            switch parser.next() {
            case .needMore:
                reading.mostHeld = max(reading.mostHeld, parser.heldBytes)
                return
            case .continue100: reading.continues += 1
            case .request(let request): reading.requests.append(request)
            case .failed(let failure):
                reading.failure = failure
                reading.mostHeld = max(reading.mostHeld, parser.heldBytes)
                return
            }
        }
    }
}

/// Small limits, so that short inputs reach them.
let tightLimits: HTTPLimits = {
    var limits = HTTPLimits()
    limits.requestLineBytes = 40
    limits.headerBytes = 120
    limits.headerCount = 5
    limits.bodyBytes = 32
    limits.chunkLineBytes = 20
    return limits
}()
