package import Journal
package import Pipeline

/// An agent's events as journal lines: the schema of `agent/journal.jsonl`.
///
/// Every line holds `crc` and `seq` (`JournalFormat`), `at` and `type`, then what the type's row
/// names. A field with `?` is left out when there is nothing to say. Instants are nanoseconds
/// since 1970-01-01T00:00:00Z.
///
/// | `type` | fields |
/// |---|---|
/// | `agent_started` | `version`, `seed` (32 hexadecimal digits) |
/// | `agent_stopped` | |
/// | `pipelines_reloaded` | `served`, `faults` |
/// | `schedule_seen` | *schedule*, `since` |
/// | `schedule_retired` | *schedule* |
/// | `slot_queued` | *schedule*, `slot` |
/// | `slot_started` | *schedule*, `slot`, `run` |
/// | `slots_missed` | *schedule*, `first`, `last`, `count`, `policy`, `why?` |
/// | `clock_jumped` | `by_ns` |
///
/// *schedule* is `pipeline`, `schedule` (its text). A type that a newer Weir wrote is passed over:
/// no run depends on it.
package enum AgentEventCodec {
    /// Appends the event as a sealed line.
    package static func encode(
        _ recorded: RecordedAgentEvent,
        into lines: inout [UInt8]
    ) throws(JournalError) {
        var json = JSONWriter()
        json.piece(#"{"seq":"#)
        json.decimal(Int64(clamping: recorded.sequence))
        json.piece(#","at":"#)
        json.decimal(recorded.at.nanoseconds)
        json.piece(#","type":"#)
        json.string(name(of: recorded.event))
        write(recorded.event, into: &json)
        json.piece("}")
        try JournalLine.seal(json.bytes, into: &lines)
    }

    private static func name(of event: AgentEvent) -> String {
        switch event {
        case .agentStarted: "agent_started"
        case .agentStopped: "agent_stopped"
        case .pipelinesReloaded: "pipelines_reloaded"
        case .scheduleSeen: "schedule_seen"
        case .scheduleRetired: "schedule_retired"
        case .slotQueued: "slot_queued"
        case .slotStarted: "slot_started"
        case .slotsMissed: "slots_missed"
        case .clockJumped: "clock_jumped"
        }
    }

    private static func write(_ event: AgentEvent, into json: inout JSONWriter) {
        switch event {
        case .agentStarted(let version, let seed):
            field("version", version, &json)
            field("seed", "\(TraceID(high: seed.high, low: seed.low))", &json)
        case .agentStopped: break
        case .pipelinesReloaded(let served, let faults):
            field("served", Int64(served), &json)
            field("faults", Int64(faults), &json)
        case .scheduleSeen(let key, let since):
            write(key, &json)
            field("since", since.nanoseconds, &json)
        case .scheduleRetired(let key): write(key, &json)
        case .slotQueued(let key, let slot):
            write(key, &json)
            field("slot", slot.nanoseconds, &json)
        case .slotStarted(let key, let slot, let run):
            write(key, &json)
            field("slot", slot.nanoseconds, &json)
            field("run", run.description, &json)
        case .slotsMissed(let key, let missed):
            write(key, &json)
            field("first", missed.first.nanoseconds, &json)
            field("last", missed.last.nanoseconds, &json)
            field("count", Int64(missed.count), &json)
            field("policy", missed.policy.rawValue, &json)
            // A line holds so much and no more.
            if let why = missed.why { field("why", String(why.prefix(2_000)), &json) }
        case .clockJumped(let by): field("by_ns", by.wholeNanoseconds, &json)
        }
    }

    private static func write(_ key: ScheduleKey, _ json: inout JSONWriter) {
        field("pipeline", key.pipeline, &json)
        field("schedule", key.text, &json)
    }

    private static func field(_ name: String, _ value: String, _ json: inout JSONWriter) {
        json.piece(",")
        json.piece(Array("\"\(name)\":".utf8))
        json.string(value)
    }

    private static func field(_ name: String, _ value: Int64, _ json: inout JSONWriter) {
        json.piece(",")
        json.piece(Array("\"\(name)\":".utf8))
        json.decimal(value)
    }
}
