import Pipeline

/// The part of the report that repeats for each step and attempt.
extension RunReport {
    /// What only the run as a whole and those before it tell of a step.
    typealias Insight = (slack: Duration?, usual: Baselines.Baseline?)

    static func write(_ step: StepSnapshot, _ insight: Insight, _ json: inout JSONWriter) {
        json.beginObject()
        json.member("name", step.name)
        json.member("state", word(step.state))
        json.member("result", step.outcome?.result.rawValue)
        json.member("reason", step.outcome?.reason.rawValue)
        if step.end?.isTolerated == true {
            json.key("tolerated")
            json.boolean(true)
        }
        json.member("because", step.end?.because)
        json.member("reused_from", step.reused?.from.run.description)
        json.member("after", step.after)
        json.member("ready_at", step.readyAt)
        json.member("started_at", step.startedAt)
        json.member("ended_at", step.endedAt)
        json.member("duration_seconds", step.duration)
        json.member("slack_seconds", insight.slack)
        write(insight.usual, &json)
        json.member("retry_at", step.retryAt)
        json.member("attempts_dropped", step.attemptsDropped > 0 ? step.attemptsDropped : nil)
        if !step.attempts.isEmpty {
            json.key("attempts")
            json.beginArray()
            for attempt in step.attempts { write(attempt, &json) }
            json.endArray()
        }
        writeRepair(of: step, &json)
        write(step.usage, &json)
        writeOutputs(of: step, &json)
        json.endObject()
    }

    /// What it waits for, how its undoing ended, and whether it comes last.
    private static func writeRepair(of step: StepSnapshot, _ json: inout JSONWriter) {
        if let end = step.compensation {
            json.key("compensation")
            json.beginObject()
            json.member("result", end.outcome.result.rawValue)
            json.member("reason", end.outcome.reason.rawValue)
            json.member("attempts", end.attempts)
            json.endObject()
        }
        if case .blocked(let wait, let since) = step.state {
            json.key("blocked")
            json.beginObject()
            json.member("blocker", wait.kind.rawValue)
            json.member("since", since)
            json.members(of: .gate(wait))
            json.endObject()
        }
        guard step.isFinal else { return }
        json.key("finally")
        json.boolean(true)
    }

    private static func writeOutputs(of step: StepSnapshot, _ json: inout JSONWriter) {
        guard !step.outputs.isEmpty else { return }
        json.key("outputs")
        json.beginObject()
        for output in step.outputs {
            json.key(output.key)
            json.string(output.value)
        }
        json.endObject()
    }

    /// What is usual of a run, or of a step's executions.
    static func write(_ baseline: Baselines.Baseline?, _ json: inout JSONWriter) {
        guard let baseline else { return }
        json.key("usual")
        json.beginObject()
        json.member("p50_seconds", baseline.p50)
        json.member("p95_seconds", baseline.p95)
        json.member("count", baseline.count)
        json.endObject()
    }

    static func write(_ usage: UsageTotals, _ json: inout JSONWriter) {
        guard usage.measured > 0 else { return }
        json.key("usage")
        json.beginObject()
        json.member("attempts", usage.measured)
        json.member("cpu_user_seconds", usage.userCPU)
        json.member("cpu_system_seconds", usage.systemCPU)
        json.member("memory_peak_bytes", usage.peakMemory)
        json.member("io_read_bytes", usage.bytesRead)
        json.member("io_written_bytes", usage.bytesWritten)
        json.endObject()
    }

    private static func write(_ attempt: AttemptSnapshot, _ json: inout JSONWriter) {
        json.beginObject()
        json.member("part", attempt.part == .main ? nil : attempt.part.rawValue)
        json.member("number", attempt.number)
        json.member("pid", attempt.pid)
        json.member("started_at", attempt.startedAt)
        json.member("ended_at", attempt.endedAt)
        json.member("duration_seconds", attempt.duration())
        if let end = attempt.end { writeMembers(end, &json) }
        json.endObject()
    }

    private static func writeMembers(_ end: AttemptEnd, _ json: inout JSONWriter) {
        json.member("result", end.outcome.result.rawValue)
        json.member("reason", end.outcome.reason.rawValue)
        json.member("exit_code", end.exitCode)
        json.member("signal", end.signal)
        if end.outcome.reason == .oomKill {
            json.key("oom_certain")
            json.boolean(!end.isOOMDoubtful)
        }
        json.member("executable", end.executable)
        json.member("message", end.message)
        if let usage = end.usage {
            json.key("usage")
            write(usage, &json)
        }
        guard let tail = end.tail else { return }
        json.key("tail")
        json.beginObject()
        json.key("lines")
        json.beginArray()
        for line in tail.lines { json.string(VisibleText.clean(line)) }
        json.endArray()
        json.member("total_lines", tail.totalLines)
        json.endObject()
    }

    private static func write(_ usage: ResourceUsage, _ json: inout JSONWriter) {
        json.beginObject()
        json.member("cpu_user_seconds", usage.userCPU)
        json.member("cpu_system_seconds", usage.systemCPU)
        json.member("memory_peak_bytes", usage.peakMemory)
        json.member("memory_floor_bytes", usage.peakMemory == nil ? usage.peakMemoryFloor : nil)
        json.member("io_read_bytes", usage.bytesRead)
        json.member("io_written_bytes", usage.bytesWritten)
        json.member("context_switches_voluntary", usage.voluntarySwitches)
        json.member("context_switches_involuntary", usage.involuntarySwitches)
        json.endObject()
    }

    private static func word(_ state: StepSnapshot.State) -> String {
        switch state {
        case .waiting: "waiting"
        case .ready: "ready"
        case .running: "running"
        case .blocked: "blocked"
        case .backingOff: "backing_off"
        case .finished: "finished"
        }
    }
}
