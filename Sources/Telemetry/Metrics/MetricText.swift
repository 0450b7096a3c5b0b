/// Writes the text format 0.0.4 of Prometheus (`exposition_formats.md`) into bytes.
package enum MetricText {
    /// What an answer in this format has as `Content-Type`.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// `# HELP` and `# TYPE`, which come before the first sample of a metric.
    static func writeHead(of metric: MetricDefinition, into text: inout [UInt8]) {
        text.append(contentsOf: "# HELP \(metric.name) ".utf8)
        writeEscaped(metric.help, isQuoted: false, into: &text)
        text.append(contentsOf: "\n# TYPE \(metric.name) \(metric.kind.rawValue)\n".utf8)
    }

    /// Help escapes the reverse solidus and the line feed; a label's value its quotes as well.
    static func writeEscaped(_ value: String, isQuoted: Bool, into text: inout [UInt8]) {
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): text.append(contentsOf: #"\\"#.utf8)
            case UInt8(ascii: "\n"): text.append(contentsOf: #"\n"#.utf8)
            case UInt8(ascii: "\"") where isQuoted: text.append(contentsOf: #"\""#.utf8)
            default: text.append(byte)
            }
        }
    }

    /// A value as Go's ParseFloat reads it: the shortest text that gives the same double,
    /// integers without a fraction.
    static func text(of value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        // Beyond 2^53 not every integer is a double: an exponent is the shorter and truer text.
        if let integer = Int64(exactly: value), integer.magnitude <= 1 << 53 {
            return String(integer)
        }
        let text = value.description
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    /// As many bytes as a number has at most.
    static let numberBytes = 32

    static func write(_ value: Double, into text: inout OutputSpan<UInt8>) {
        // Most gauges are whole numbers, and a string costs more than all else.
        if let integer = UInt64(exactly: value), integer <= 1 << 53 {
            write(integer, into: &text)
            return
        }
        var string = self.text(of: value)
        string.withUTF8 { unsafe text.append($0.span) }
    }

    static func write(_ value: UInt64, into text: inout OutputSpan<UInt8>) {
        write(value, digits: 1, into: &text)
    }

    /// Nanoseconds as seconds, exactly: no zero at the end, no point after a whole number.
    static func writeSeconds(nanoseconds: UInt64, into text: inout OutputSpan<UInt8>) {
        var (whole, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        write(whole, into: &text)
        guard rest != 0 else { return }
        var digits = 9
        while true {
            (whole, rest) = (rest, rest / 10)
            if whole % 10 != 0 { break }
            digits -= 1
        }
        text.append(UInt8(ascii: "."))
        write(whole, digits: digits, into: &text)
    }

    /// At least `count` digits, 20 at most.
    private static func write(
        _ value: UInt64,
        digits count: Int,
        into text: inout OutputSpan<UInt8>
    ) {
        var buffer = [20 of UInt8](repeating: UInt8(ascii: "0"))
        var start = 20
        var rest = value
        while rest != 0 {
            start -= 1
            buffer[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        text.append(buffer.span.extracting(min(start, 20 - count)...))
    }
}

extension OutputSpan<UInt8> {
    /// Appends all of `bytes`, for which there must be room.
    mutating func append(_ bytes: Span<UInt8>) {
        precondition(bytes.count <= freeCapacity, "a line is longer than was thought")
        unsafe withUnsafeMutableBufferPointer { buffer, count in
            let rest = unsafe UnsafeMutableBufferPointer(rebasing: buffer[count...])
            unsafe bytes.withUnsafeBufferPointer { _ = unsafe rest.initialize(fromContentsOf: $0) }
            count += bytes.count
        }
    }
}
