package import Journal
package import Pipeline

extension AgentEventCodec {
    /// Reads a line that a `JournalReader` has proved whole; `nil` for a type that a newer Weir
    /// wrote.
    ///
    /// - Throws: `CodecError` when a field is missing or has a value that it cannot have.
    package static func decode(_ line: JournalLine) throws(CodecError) -> RecordedAgentEvent? {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(
                parsing: Array(line.buffer[line.range]),
                limits: JSONLimits(bytes: JournalFormat.lineBytes, depth: 2)
            )
        } catch {
            throw .json(error)
        }
        let type = value["type"]?.string ?? ""
        let fields = Fields(value: value, type: type)
        guard let event = try event(fields) else { return nil }
        let at = try fields.instant("at")
        return RecordedAgentEvent(sequence: line.sequence, at: at, event: event)
    }

    private static func event(_ fields: Fields) throws(CodecError) -> AgentEvent? {
        switch fields.type {
        case "agent_started":
            let seed = try fields.valid(TraceID(hex: fields.string("seed")), "seed")
            let version = try fields.string("version")
            return .agentStarted(version: version, seed: SlotSeed(high: seed.high, low: seed.low))
        case "agent_stopped": return .agentStopped
        case "pipelines_reloaded":
            return .pipelinesReloaded(
                served: try fields.count("served"),
                faults: try fields.count("faults")
            )
        case "schedule_seen":
            return .scheduleSeen(try fields.key(), since: try fields.instant("since"))
        case "schedule_retired": return .scheduleRetired(try fields.key())
        case "slot_queued":
            return .slotQueued(try fields.key(), slot: try fields.instant("slot"))
        case "slot_started":
            let run = try fields.valid(RunID(hex: fields.string("run")), "run")
            return .slotStarted(try fields.key(), slot: try fields.instant("slot"), run: run)
        case "slots_missed": return .slotsMissed(try fields.key(), try missed(fields))
        case "clock_jumped":
            return .clockJumped(by: .nanoseconds(try fields.integer("by_ns")))
        default: return nil
        }
    }

    private static func missed(_ fields: Fields) throws(CodecError) -> MissedSlots {
        let policy = MissPolicy(rawValue: try fields.string("policy"))
        return MissedSlots(
            first: try fields.instant("first"),
            last: try fields.instant("last"),
            count: try fields.count("count"),
            try fields.valid(policy, "policy"),
            why: fields.value["why"]?.string
        )
    }

    private struct Fields {
        let value: JSONValue
        let type: String

        func string(_ name: String) throws(CodecError) -> String {
            try present(value[name]?.string, name)
        }

        func integer(_ name: String) throws(CodecError) -> Int64 {
            try present(value[name]?.integer, name)
        }

        func count(_ name: String) throws(CodecError) -> Int {
            let count = try integer(name)
            return try valid(count >= 0 ? Int(count) : nil, name)
        }

        func instant(_ name: String) throws(CodecError) -> Timestamp {
            Timestamp(nanoseconds: try integer(name))
        }

        func key() throws(CodecError) -> ScheduleKey {
            ScheduleKey(try string("pipeline"), try string("schedule"))
        }

        func valid<Value>(_ value: Value?, _ name: String) throws(CodecError) -> Value {
            guard let value else { throw .invalidValue(field: name, type: type) }
            return value
        }

        private func present<Value>(_ value: Value?, _ name: String) throws(CodecError) -> Value {
            guard let value else { throw .missingField(name, type: type) }
            return value
        }
    }
}
