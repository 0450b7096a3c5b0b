package import Journal
package import Pipeline

/// A run's events as journal lines: the schema of `journal.jsonl`, version `RunStarted.format`.
///
/// Every line holds `crc` and `seq` (`JournalFormat`), `at` and `type`, then what the type's row
/// names, in this order. A field with `?` is left out when there is nothing to say. Instants are
/// nanoseconds since 1970-01-01T00:00:00Z, durations (`…_ns`) nanoseconds, sizes (`…_bytes`) bytes.
///
/// | `type` | fields |
/// |---|---|
/// | `run_started` | `format`, `run`, `pipeline`, `steps` (how many), `workers`, `finally?` (list of names), `spec_sha256`, `trigger`, `request?` (`key`, `content`), `retry_of?` (*run*), `scheduled_at`, `scheduled_offset?` (seconds east of UTC), `trace_id`, `parent_span_id?`, `trace_flags`, `trace_state?`, `baggage?`, `resource` (object of strings and integers, in export order), `span_limits` (`attributes`, `attribute_length?`, `events`, `links`), `exported` |
/// | `step_reused` | `step`, `from` (*run*), `directory?` |
/// | `output_reused` | `step`, `key`, `value` |
/// | `run_resumed` | `recovery`, `died_at` |
/// | `step_ready` | `step`, `after?` |
/// | `attempt_started` | *attempt* |
/// | `attempt_launched` | *attempt*, `pid`, `start_ticks` |
/// | `output_set` | *attempt*, `key`, `value` |
/// | `attempt_finished` | *attempt*, `result`, `reason`, `exit_code?`, `signal?`, `oom_doubtful?` (`true`), `ended_at?`, `usage?`, `message?`, `executable?`, `tail?` (`total_lines`, `lines`) |
/// | `retry_scheduled` | `step`, `part?`, `next_attempt`, `until` |
/// | `step_blocked` | `step`, `blocker` (`pool`, `rate_limit`, `breaker`), `name`, `until?` |
/// | `breaker_changed` | `breaker`, `to` (`closed`, `open`, `half_open`) |
/// | `compensation_finished` | `step`, `result`, `reason`, `attempts` |
/// | `step_finished` | `step`, `result`, `reason`, `attempts`, `tolerated?` (`true`), `because?` |
/// | `run_stopping` | `cause`: `cancelled` (`by`, `forced?`), `superseded` (`by`, a run), `timed_out`, `failed` (`step`), `abandoned` |
/// | `run_finished` | `result`, `reason`, `step?`, `message?` |
///
/// *attempt* is `step`, `part?` (`if`, `compensate`; left out for the step's own command), `attempt` (its
/// number). *run* is `run`, `trace_id`. `usage` is `user_cpu_ns`, `system_cpu_ns`, `peak_memory_bytes?`,
/// `peak_memory_floor_bytes`, `read_bytes?`, `written_bytes?`, `voluntary_switches`,
/// `involuntary_switches`.
///
/// The order is part of the schema, and a field beyond it is an error: a reader that passes over
/// what it does not know would resume a run it does not understand.
package struct RunEventCodec: Sendable {
    /// Reused from event to event.
    private var scratch = JSONWriter(reserving: 1 << 10)

    package init() {}

    /// Appends the event as a sealed line.
    ///
    /// - Throws: `lineTooLong`; `lines` is then as it was.
    package mutating func encode(
        _ event: RecordedEvent,
        into lines: inout [UInt8]
    ) throws(JournalError) {
        scratch.removeAll()
        scratch.write(event)
        try JournalLine.seal(scratch.bytes, into: &lines)
    }

    /// Reads a line that a `JournalReader` has proved whole.
    package static func decode(_ line: JournalLine) throws(CodecError) -> RecordedEvent {
        try decode(line.buffer, in: line.range)
    }

    /// Reads the JSON object in `bytes[range]`; its checksum is the caller's business.
    package static func decode(
        _ bytes: [UInt8],
        in range: Range<Int>
    ) throws(CodecError) -> RecordedEvent {
        do {
            var decoder = RunEventDecoder(
                try JSONReader(
                    bytes,
                    in: range,
                    limits: JSONLimits(bytes: JournalFormat.lineBytes, depth: 4)
                )
            )
            return try decoder.recordedEvent()
        } catch let error as CodecError {
            throw error
        } catch let error as JSONError {
            throw .json(error)
        } catch {
            throw .json(JSONError(.expected("an event"), at: 0))
        }
    }
}

/// The values of a line's `type`.
enum RunEventType: String, CaseIterable {
    case runStarted = "run_started"
    case stepReused = "step_reused"
    case outputReused = "output_reused"
    case runResumed = "run_resumed"
    case stepReady = "step_ready"
    case stepBlocked = "step_blocked"
    case breakerChanged = "breaker_changed"
    case attemptStarted = "attempt_started"
    case attemptLaunched = "attempt_launched"
    case outputSet = "output_set"
    case attemptFinished = "attempt_finished"
    case retryScheduled = "retry_scheduled"
    case stepFinished = "step_finished"
    case compensationFinished = "compensation_finished"
    case runStopping = "run_stopping"
    case runFinished = "run_finished"
}

/// Why a whole journal line is not an event of this vocabulary.
package enum CodecError: Error, Hashable, CustomStringConvertible {
    case json(JSONError)
    /// A newer Weir wrote it: the run can be shown, never resumed.
    case unknownType(String, sequence: UInt64, at: Timestamp)
    /// A field that should stand here does not.
    case missingField(String, type: String)
    /// A field that the type does not have.
    case unknownField(String, type: String)
    /// A value that the field cannot have.
    case invalidValue(field: String, type: String)

    package var description: String {
        switch self {
        case .json(let error): "not an event: \(error)"
        case .unknownType(let type, let sequence, _):
            "event \(sequence) is of the unknown type \"\(type)\": a newer weir wrote it"
        case .missingField(let field, let type): "\(type) without \"\(field)\" in its place"
        case .unknownField(let field, let type):
            "\(type) with the unknown field \"\(field)\": a newer weir wrote it"
        case .invalidValue(let field, let type): "\(type) with an impossible \"\(field)\""
        }
    }
}
