import Pipeline
import Telemetry

/// What happens to an agent's schedules.
extension AgentLog {
    func tell(_ event: AgentEvent) {
        switch event {
        case .slotsMissed(let key, let missed):
            write(missed.policy == .refused ? .error : .warn, "schedule missed") {
                $0.with("pipeline", key.pipeline).with("schedule", key.text)
                    .with("policy", missed.policy.rawValue).with("count", missed.count)
                    .with("first", RunClockText.instant(missed.first))
                    .with("last", missed.count > 1 ? RunClockText.instant(missed.last) : nil)
                    .with("error", missed.why)
            }
        case .slotStarted(let key, let slot, let run):
            write(.debug, "slot started") {
                $0.with("pipeline", key.pipeline).with("schedule", key.text)
                    .with("slot", RunClockText.instant(slot)).with("run", run.description)
            }
        case .slotQueued(let key, let slot):
            write(.info, "slot waits") {
                $0.with("pipeline", key.pipeline).with("schedule", key.text)
                    .with("slot", RunClockText.instant(slot))
            }
        case .scheduleSeen(let key, _):
            write(.info, "schedule added") {
                $0.with("pipeline", key.pipeline).with("schedule", key.text)
            }
        case .scheduleRetired(let key):
            write(.info, "schedule removed") {
                $0.with("pipeline", key.pipeline).with("schedule", key.text)
            }
        case .clockJumped(let by): write(.warn, "clock was set") { $0.with("by", by) }
        // Told where they happen, with more than the event has.
        case .agentStarted, .agentStopped, .pipelinesReloaded: break
        }
    }
}
