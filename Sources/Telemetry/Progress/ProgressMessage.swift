package import Pipeline

/// One message of `--progress json` and of the WebSocket: a flat JSON object with a `type`.
package struct ProgressMessage: Sendable, Hashable {
    package enum Kind: String, Sendable, CaseIterable {
        case stageStart = "stage_start"
        case progress
        case stageComplete = "stage_complete"
        case complete
        case error
        case status
    }

    package var kind: Kind
    package var run: RunID
    package var pipeline: String
    package var sequence: UInt64
    package var at: Timestamp
    package var step: String?
    package var attempt: Int?
    package var outcome: Outcome?
    /// Steps that have ended, of `total`.
    package var done: Int?
    package var total: Int?
    package var message: String?

    /// Appends the object, without a line end.
    package func write(to json: inout JSONWriter) {
        json.beginObject()
        json.key("type")
        json.string(kind.rawValue)
        json.key("run")
        json.string(run.description)
        json.key("pipeline")
        json.string(pipeline)
        json.key("seq")
        json.integer(sequence)
        json.key("at")
        json.string(RunClockText.instant(at))
        json.member("step", step)
        json.member("attempt", attempt)
        json.member("result", outcome?.result.rawValue)
        json.member("reason", outcome?.reason.rawValue)
        json.member("done", done)
        json.member("total", total)
        json.member("message", message)
        json.endObject()
    }

    package var json: String {
        var json = JSONWriter()
        write(to: &json)
        return json.text
    }
}

extension JSONWriter {
    /// Writes key and value where there is a value.
    mutating func member(_ name: StaticString, _ value: String?) {
        guard let value else { return }
        key(name)
        string(value)
    }

    /// Writes key and number where there is a number.
    mutating func member(_ name: StaticString, _ value: (some BinaryInteger)?) {
        guard let value else { return }
        key(name)
        integer(Int64(clamping: value))
    }
}
