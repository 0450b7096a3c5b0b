import Pipeline

/// How records of Weir's own log are written, one a line.
package enum LogFormat: String, Hashable, Sendable, CaseIterable {
    /// `time=… level=info msg="run finished" run=…`
    case logfmt
    /// One object a line, the same names.
    case json

    /// Bytes of one value, as far as it is written: the rest is in the journal.
    package static let valueBytes = 4_096

    /// Appends the record and a newline.
    package func append(_ record: LogRecord, to bytes: inout [UInt8]) {
        switch self {
        case .logfmt: Self.appendLogfmt(record, to: &bytes)
        case .json: Self.appendJSON(record, to: &bytes)
        }
        bytes.append(UInt8(ascii: "\n"))
    }

    /// A record as text, without the newline.
    package func text(_ record: LogRecord) -> String {
        var bytes: [UInt8] = []
        append(record, to: &bytes)
        return String(decoding: bytes.dropLast(), as: UTF8.self)
    }

    // MARK: - logfmt

    private static func appendLogfmt(_ record: LogRecord, to bytes: inout [UInt8]) {
        bytes += "time=".utf8
        bytes += PreciseInstant.bytes(record.at)
        bytes += " level=\(record.level.rawValue) msg=".utf8
        LogfmtText.append(cut(record.message), to: &bytes)
        for field in record.fields {
            bytes += " \(field.key)=".utf8
            switch field.value {
            case .text(let text): LogfmtText.append(cut(text), to: &bytes)
            case .integer(let integer): bytes += "\(integer)".utf8
            case .duration(let duration):
                var number = JSONWriter()
                number.seconds(nanoseconds: duration.wholeNanoseconds)
                bytes += number.bytes
            }
        }
    }

    // MARK: - JSON

    private static func appendJSON(_ record: LogRecord, to bytes: inout [UInt8]) {
        var json = JSONWriter(reserving: 512)
        json.beginObject()
        json.member("time", PreciseInstant.text(record.at))
        json.member("level", record.level.rawValue)
        json.member("msg", cut(record.message))
        for field in record.fields {
            json.key(field.key)
            switch field.value {
            case .text(let text): json.string(cut(text))
            case .integer(let integer): json.integer(integer)
            case .duration(let duration):
                json.seconds(nanoseconds: duration.wholeNanoseconds)
            }
        }
        json.endObject()
        bytes += json.bytes
    }

    private static func cut(_ text: String) -> String {
        guard text.utf8.count > valueBytes else { return text }
        return String(decoding: text.utf8.prefix(valueBytes), as: UTF8.self) + "…"
    }
}

/// Values as logfmt has them: bare where that cannot be misread, else between quotation marks with
/// the escapes of JSON.
enum LogfmtText {
    static func append(_ text: String, to bytes: inout [UInt8]) {
        guard !isBare(text) else {
            bytes += text.utf8
            return
        }
        bytes.append(UInt8(ascii: "\""))
        for scalar in text.unicodeScalars { append(scalar, to: &bytes) }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func isBare(_ text: String) -> Bool {
        !text.isEmpty
            && text.unicodeScalars.allSatisfy { scalar in
                scalar > " " && scalar != "=" && scalar != "\"" && scalar != "\\"
                    && !isInvisible(scalar)
            }
    }

    /// What a terminal would act on, or what stands for bytes that were no text.
    private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069, 0xFFFD: true
        default: false
        }
    }

    private static func append(_ scalar: Unicode.Scalar, to bytes: inout [UInt8]) {
        switch scalar {
        case "\"": bytes += "\\\"".utf8
        case "\\": bytes += "\\\\".utf8
        case "\n": bytes += "\\n".utf8
        case "\r": bytes += "\\r".utf8
        case "\t": bytes += "\\t".utf8
        case _ where scalar < " " || (isInvisible(scalar) && scalar.value != 0xFFFD):
            let digits = String(scalar.value, radix: 16)
            bytes += "\\u".utf8
            bytes += String(repeating: "0", count: 4 - digits.count).utf8
            bytes += digits.utf8
        default: bytes += String(scalar).utf8
        }
    }
}
