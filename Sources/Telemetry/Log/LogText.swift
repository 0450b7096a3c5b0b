package import Pipeline

/// Whose lines these are, as they are shown.
package struct LogSource: Hashable, Sendable {
    package var run: RunID
    package var attempt: AttemptRef
    package var traceID: TraceID
    package var spanID: SpanID

    package init(run: RunID, attempt: AttemptRef, traceID: TraceID, spanID: SpanID) {
        self.run = run
        self.attempt = attempt
        self.traceID = traceID
        self.spanID = spanID
    }

    /// `load`, `load #2` for its second attempt, `load if` for its condition.
    package var label: String {
        let part = attempt.part == .main ? "" : " \(attempt.part.rawValue)"
        return attempt.step + part + (attempt.number > 1 ? " #\(attempt.number)" : "")
    }
}

/// How lines of steps are shown.
package struct LogStyle: Hashable, Sendable {
    /// One JSON object a line.
    package var isJSON: Bool
    /// The time in front, where the log has it.
    package var showsTime: Bool
    /// Columns of the labels; `nil`: none is shown.
    package var labelWidth: Int?

    package init(isJSON: Bool = false, showsTime: Bool = false, labelWidth: Int? = nil) {
        self.isJSON = isJSON
        self.showsTime = showsTime
        self.labelWidth = labelWidth
    }

    /// Nothing stands before the text: pieces need not wait for the end of their line.
    package var isBare: Bool { !isJSON && !showsTime && labelWidth == nil }

    /// Appends a whole line, or a long one's piece.
    package func append(_ line: LogPiece, of source: LogSource, to bytes: inout [UInt8]) {
        guard !isJSON else { return appendJSON(line, of: source, to: &bytes) }
        if showsTime, let time = line.time {
            bytes += time
            bytes.append(UInt8(ascii: " "))
        }
        if let labelWidth {
            // A journal that comes from an agent says what it likes.
            let label = VisibleText.clean(source.label)
            bytes += label.utf8
            let missing = labelWidth - label.utf8.count
            if missing > 0 { bytes += repeatElement(UInt8(ascii: " "), count: missing) }
            bytes += " │ ".utf8
        }
        bytes += line.text
        // Where something stands in front, each piece needs a line of its own.
        if line.ending == .line || !isBare { bytes.append(UInt8(ascii: "\n")) }
    }

    private func appendJSON(_ line: LogPiece, of source: LogSource, to bytes: inout [UInt8]) {
        var json = JSONWriter(reserving: line.text.count + 256)
        json.beginObject()
        json.member("at", line.time.map { String(decoding: $0, as: UTF8.self) })
        json.member("run", source.run.description)
        json.member("step", source.attempt.step)
        let part = source.attempt.part
        json.member("part", part == .main ? nil : part.rawValue)
        json.member("attempt", source.attempt.number)
        json.member("stream", line.stream?.rawValue)
        json.member("text", String(decoding: line.text, as: UTF8.self))
        if line.ending == .piece {
            json.key("partial")
            json.boolean(true)
        }
        json.member("trace_id", source.traceID.description)
        json.member("span_id", source.spanID.description)
        json.endObject()
        bytes += json.bytes
        bytes.append(UInt8(ascii: "\n"))
    }
}
