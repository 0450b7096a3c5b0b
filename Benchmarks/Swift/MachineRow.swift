import Pipeline

/// Drives the run machine without a world: every launch is answered at once.
///
/// Prints one line, `EVENTS SECONDS`: the events that a run of many steps emitted, and the
/// processor time of this thread that they took, the machine's preparation included.
enum MachineRow {
    static func measure() throws {
        let plan = layeredPlan(layers: 5_000, width: 4)
        var events = 0
        let start = Double(BenchClock.thread) / 1e9
        while Double(BenchClock.thread) / 1e9 - start < 1 {
            events += try run(plan)
        }
        print("\(events) \(Double(BenchClock.thread) / 1e9 - start)")
    }

    /// Every step of a layer needs two of the layer before, so that readiness has to be counted.
    private static func layeredPlan(layers: Int, width: Int) -> Plan {
        var steps: [PlannedStep] = []
        var waves: [[Int]] = []
        for layer in 0..<layers {
            let first = layer * width
            for column in 0..<width {
                let needs =
                    layer == 0 ? [] : [column, (column + 1) % width].map { first - width + $0 }
                let name = "layer\(layer)-\(column)"
                steps.append(PlannedStep(name: name, action: .exec([]), needs: needs))
            }
            waves.append(Array(first..<(first + width)))
        }
        return Plan(name: "bench", steps: steps, waves: waves)
    }

    /// One whole run; answers how many events it emitted.
    private static func run(_ plan: Plan) throws -> Int {
        let id = RunID(high: 1, low: 1)
        var machine = RunMachine(plan: plan, run: id, workers: 4)
        var turn = RunTurn()
        var now = Timestamp(nanoseconds: 1_700_000_000_000_000_000)
        var running: [AttemptRef] = []
        var events = 0
        let started = RunEvent.runStarted(
            RunStarted(
                run: id,
                pipeline: plan.name,
                stepCount: plan.steps.count,
                workers: machine.workers,
                specDigest: "",
                trigger: "bench",
                scheduledAt: now,
                trace: TraceContext(traceID: TraceID(high: 1, low: 1))
            )
        )
        try machine.replay(RecordedEvent(sequence: 1, at: now, event: started))
        machine.handle(.start, at: now, into: &turn)
        while true {
            events += turn.events.count
            for effect in turn.effects {
                if case .launch(let attempt, _) = effect { running.append(attempt) }
            }
            turn.removeAll()
            guard let attempt = running.popLast() else { break }
            now = now + .microseconds(10)
            machine.handle(.launched(attempt, pid: 42, startTicks: 7), at: now, into: &turn)
            let report = AttemptReport(.exited(code: 0), usage: ResourceUsage(), executable: "true")
            machine.handle(.ended(attempt, report), at: now, into: &turn)
        }
        precondition(machine.isFinished, "the run did not end")
        return events
    }
}
