import Pipeline

/// Rewrites a request of spans from protobuf as OTLP/JSON, for files that people and tools read.
///
/// What is sent on to a collector goes as it came, and never through here.
package enum OTLPTranscoding {
    /// Messages inside each other: a value that nests deeper is refused.
    private static let depth = 100

    /// - Parameter body: Of `POST /v1/traces`, with the media type of protobuf.
    /// - Returns: One JSON object without line ends.
    /// - Throws: `OTLPFault` for what is not such a request.
    package static func json(ofTraces body: [UInt8]) throws(OTLPFault) -> [UInt8] {
        var json = JSONWriter(reserving: body.count * 2)
        try write(.traceRequest, ProtobufReader(body), depth, into: &json)
        return json.bytes
    }

    private static func write(
        _ message: OTLPMessage,
        _ reader: ProtobufReader,
        _ depth: Int,
        into json: inout JSONWriter
    ) throws(OTLPFault) {
        var reader = reader
        var found: [ProtobufReader.Field] = []
        while let field = try reader.next() { found.append(field) }
        json.beginObject()
        for field in message.fields {
            let values = found.filter { $0.number == field.number }
            guard let last = values.last else { continue }
            json.key(field.name)
            if field.isRepeated {
                json.beginArray()
                for value in values { try write(value, field, reader, depth, into: &json) }
                json.endArray()
            } else {
                try write(last, field, reader, depth, into: &json)
            }
        }
        json.endObject()
    }

    private static func write(
        _ value: ProtobufReader.Field,
        _ field: OTLPMessage.Field,
        _ reader: ProtobufReader,
        _ depth: Int,
        into json: inout JSONWriter
    ) throws(OTLPFault) {
        let bytes = reader.bytes[value.payload]
        switch field.form {
        case .message(let message):
            guard depth > 0 else { throw OTLPFault(.tooDeep, at: value.offset) }
            let inner = try reader.message(in: value, called: "\(field.name)")
            try write(message, inner, depth - 1, into: &json)
        case .text: json.string(String(decoding: bytes, as: UTF8.self))
        case .hexadecimal: json.string(hexadecimal(bytes))
        case .base64:
            var text: [UInt8] = []
            Base64.encode(bytes, into: &text)
            json.string(String(decoding: text, as: UTF8.self))
        case .number: json.integer(Int64(bitPattern: value.bits(of: bytes)))
        case .unsigned: json.integerString(value.bits(of: bytes))
        case .signed: json.integerString(Int64(bitPattern: value.bits(of: bytes)))
        case .double: json.double(Double(bitPattern: value.bits(of: bytes)))
        case .boolean: json.boolean(value.bits(of: bytes) != 0)
        }
    }

    private static func hexadecimal(_ bytes: ArraySlice<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        let text = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }
}

extension ProtobufReader.Field {
    /// What a number's bytes say; the reader has seen to their length.
    fileprivate func bits(of bytes: ArraySlice<UInt8>) -> UInt64 {
        let shift: UInt64 = type == .varint ? 7 : 8
        let mask: UInt8 = type == .varint ? 0x7F : 0xFF
        return bytes.reversed().reduce(0) { $0 << shift | UInt64($1 & mask) }
    }
}
