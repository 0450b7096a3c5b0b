import Pipeline
import Telemetry

/// Takes the values of secrets out of a body before it is kept (G8).
///
/// In protobuf a length stands before each text, so as many stars take the value's place, byte for
/// byte. In JSON each string is looked at as it reads once its escapes are resolved, and written
/// anew where it holds a value. A value that a child sends as a number, or encrypted, or squeezed, is
/// not found.
struct ReceivedMask: Sendable {
    private let mask: SecretMask

    init(_ mask: SecretMask) {
        self.mask = mask
    }

    func masked(_ body: [UInt8], _ encoding: OTLPEncoding) -> [UInt8] {
        guard !mask.isEmpty else { return body }
        var blotted = body
        let isFound = mask.blot(&blotted)
        switch encoding {
        case .protobuf: return blotted
        case .json:
            // Without an escape a string's bytes are what they say.
            let isPlain = !body.contains(UInt8(ascii: "\\"))
            return isPlain && !isFound ? body : rewritten(body)
        }
    }

    /// The text, string by string; what is no JSON comes out as it is.
    private func rewritten(_ body: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(body.count)
        var place = 0
        while let quote = body[place...].firstIndex(of: UInt8(ascii: "\"")) {
            output += body[place..<quote]
            let end = endOfString(body, from: quote)
            output += string(body, quote..<end)
            place = end
        }
        return output + body[place...]
    }

    /// Behind the quotation mark that ends the string.
    private func endOfString(_ body: [UInt8], from quote: Int) -> Int {
        var place = quote + 1
        while place < body.count {
            switch body[place] {
            case UInt8(ascii: "\""): return place + 1
            case UInt8(ascii: "\\"): place += 2
            default: place += 1
            }
        }
        return body.count
    }

    private func string(_ body: [UInt8], _ range: Range<Int>) -> [UInt8] {
        let original = Array(body[range])
        guard var reader = try? JSONReader(body, in: range, limits: JSONLimits(bytes: body.count)),
            let text = try? reader.string()
        else { return original }
        let masked = mask.masked(text)
        guard masked != text else { return original }
        var writer = JSONWriter()
        writer.string(isNumber(text) ? String(repeating: "0", count: text.utf8.count) : masked)
        return writer.bytes
    }

    /// 64-bit integers are strings in OTLP/JSON, and have to stay integers.
    private func isNumber(_ text: String) -> Bool {
        text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}
