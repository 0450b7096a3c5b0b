import Journal
import Pipeline
import Telemetry

/// How a body stands in a file of `received/`: one journal line, or several where it is long.
///
///     {"crc":…,"seq":7,"at":…,"encoding":"protobuf","items":3,
///      "step":"a","part":"if","attempt":2,"body":"CpYB…"}
///
/// `part` is left out for the step's own command; `step` and `attempt` too where the body is Weir's
/// own. A body in several lines has all of this in each, and `"piece":1,"pieces":3` behind `seq`.
/// A crash may leave the first lines of a body alone: those are no body, and are passed over.
struct ReceivedLine {
    var sequence: UInt64
    /// From 1.
    var piece = 1
    var pieces = 1
    var at: Timestamp
    var encoding: OTLPEncoding
    var items: Int
    var attempt: AttemptRef?
    /// The piece's raw bytes.
    var bytes: [UInt8]

    /// Appends the lines of `body` to `lines`, the first of them with `sequence`.
    ///
    /// - Returns: The sequence of the next line.
    static func seal(
        _ body: ReceivedBody,
        from sequence: UInt64,
        into lines: inout [UInt8]
    ) throws(JournalError) -> UInt64 {
        let size = ReceivedLimits.pieceBytes
        let pieces = max(1, (body.bytes.count + size - 1) / size)
        for piece in 1...pieces {
            let start = (piece - 1) * size
            let bytes = body.bytes[start..<min(start + size, body.bytes.count)]
            let place = (piece, pieces)
            let object = object(of: body, bytes, place, sequence: sequence + UInt64(piece - 1))
            try JournalLine.seal(object, into: &lines)
        }
        return sequence + UInt64(pieces)
    }

    private static func object(
        of body: ReceivedBody,
        _ bytes: ArraySlice<UInt8>,
        _ place: (piece: Int, pieces: Int),
        sequence: UInt64
    ) -> [UInt8] {
        var writer = JSONWriter(reserving: bytes.count / 3 * 4 + 256)
        writer.beginObject()
        writer.key("seq")
        writer.integer(sequence)
        if place.pieces > 1 {
            writer.key("piece")
            writer.integer(place.piece)
            writer.key("pieces")
            writer.integer(place.pieces)
        }
        writer.key("at")
        writer.integer(body.at.nanoseconds)
        writer.key("encoding")
        writer.string(body.encoding.rawValue)
        writer.key("items")
        writer.integer(body.items)
        if let attempt = body.attempt {
            writer.key("step")
            writer.string(attempt.step)
            if attempt.part != .main {
                writer.key("part")
                writer.string(attempt.part.rawValue)
            }
            writer.key("attempt")
            writer.integer(attempt.number)
        }
        writer.key("body")
        var text = [UInt8(ascii: "\"")]
        Base64.encode(bytes, into: &text)
        text.append(UInt8(ascii: "\""))
        writer.raw(text)
        writer.endObject()
        return writer.bytes
    }
}

extension ReceivedLine {
    /// Reads a line of the file.
    ///
    /// With `skipsBody` it leaves `bytes` empty, for a body that is not wanted. Throws what is not
    /// as `seal` writes it.
    init(_ line: JournalLine, skipsBody: Bool = false) throws(JSONError) {
        var reader = try JSONReader(line.buffer, in: line.range)
        var fields = Fields()
        try reader.beginObject()
        while let key = try reader.nextKey() {
            try fields.take(key, from: &reader, skipsBody: skipsBody)
        }
        try reader.finish()
        guard let at = fields.at, let encoding = fields.encoding, let items = fields.items,
            items >= 0, (1...fields.pieces).contains(fields.piece), fields.hasBody
        else { throw JSONError(.expected("at, encoding, items and body"), at: 0) }
        sequence = line.sequence
        (piece, pieces) = (fields.piece, fields.pieces)
        (self.at, self.encoding, self.items) = (at, encoding, items)
        attempt = fields.step.map { step in
            AttemptRef(step: step, part: fields.part, number: fields.attempt)
        }
        bytes = fields.body
    }

    /// What the keys of a line have given so far.
    private struct Fields {
        var piece = 1
        var pieces = 1
        var at: Timestamp?
        var encoding: OTLPEncoding?
        var items: Int?
        var step: String?
        var part = StepPart.main
        var attempt = 1
        var body: [UInt8] = []
        var hasBody = false

        mutating func take(
            _ key: String,
            from reader: inout JSONReader,
            skipsBody: Bool
        ) throws(JSONError) {
            switch key {
            case "piece": piece = Int(try reader.integer())
            case "pieces": pieces = max(1, Int(try reader.integer()))
            case "at": at = Timestamp(nanoseconds: try reader.integer())
            case "encoding": encoding = OTLPEncoding(rawValue: try reader.string())
            case "items": items = Int(try reader.integer())
            case "step": step = try reader.string()
            case "part":
                guard let named = StepPart(rawValue: try reader.string()) else {
                    throw JSONError(.expected("a part of a step"), at: reader.offset)
                }
                part = named
            case "attempt": attempt = Int(try reader.integer())
            case "body":
                let text = try reader.string()
                hasBody = true
                guard skipsBody || Base64.decode(text.utf8, into: &body) else {
                    throw JSONError(.expected("base64"), at: reader.offset)
                }
            default: try reader.skipValue()
            }
        }
    }
}
