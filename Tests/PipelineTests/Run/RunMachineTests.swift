import Pipeline
import TestSupport
import Testing

/// Drives a machine by hand: one input at a time, a clock that only moves when told to.
struct MachineScript {
    var machine: RunMachine
    var now = Timestamp(nanoseconds: 1_000)
    var events: [RunEvent] = []
    var effects: [RunEffect] = []

    init(_ plan: Plan, workers: Int = 2) {
        let start = makeStart(workers: workers)
        machine = RunMachine(plan: plan, run: start.run, workers: workers)
        try? machine.replay(RecordedEvent(sequence: 1, at: now, event: .runStarted(start)))
        send(.start)
    }

    mutating func send(_ input: RunInput) {
        var turn = RunTurn()
        machine.handle(input, at: now, into: &turn)
        events = turn.events
        effects = turn.effects
    }

    mutating func pass(_ duration: Duration) {
        now = now + duration
        send(.tick)
    }

    mutating func end(
        _ step: String,
        attempt number: Int = 1,
        part: StepPart = .main,
        _ ending: AttemptReport.Ending = .exited(code: 0)
    ) {
        send(.ended(AttemptRef(step: step, part: part, number: number), AttemptReport(ending)))
    }

    mutating func launch(_ step: String, _ number: Int = 1) {
        send(.launched(AttemptRef(step: step, number: number), pid: 7, startTicks: 9))
    }

    var launches: [String] {
        effects.compactMap { effect in
            guard case .launch(let attempt, _) = effect else { return nil }
            return attempt.part == .main ? attempt.step : "\(attempt.step)?"
        }
    }

    func outcome(_ step: Int) -> Outcome? {
        guard case .finished(let outcome, _) = machine.steps[step].phase else { return nil }
        return outcome
    }
}

struct RunMachineTests {
    @Test func `starts what needs nothing, as many as there are workers`() {
        let script = MachineScript(makePlan([makeStep("a"), makeStep("b"), makeStep("c")]))
        #expect(script.launches == ["a", "b"])
        #expect(script.machine.runningCount == 2)
    }

    @Test func `a diamond runs in order and ends the run`() {
        var script = MachineScript(
            makePlan([
                makeStep("a"), makeStep("b", needs: [0]), makeStep("c", needs: [0]),
                makeStep("d", needs: [1, 2]),
            ])
        )
        #expect(script.launches == ["a"])
        script.end("a")
        #expect(script.launches == ["b", "c"])
        script.end("c")
        #expect(script.launches.isEmpty)
        script.end("b")
        #expect(script.launches == ["d"])
        #expect(script.events.contains(.stepReady(step: "d", after: "b")))
        script.end("d")
        #expect(script.machine.end == RunEnd(.success))
        #expect(script.effects == [.finish(RunEnd(.success))])
    }

    @Test func `a failure under stop skips what needs it and cancels the rest`() {
        var script = MachineScript(
            makePlan([makeStep("a"), makeStep("b", needs: [0]), makeStep("c")]),
            workers: 1
        )
        script.end("a", .exited(code: 3))
        #expect(script.outcome(0) == .exit)
        #expect(script.outcome(1) == Outcome(.dependency))
        #expect(script.outcome(2) == Outcome(.cancel))
        #expect(script.machine.end == RunEnd(.exit, step: "a"))
    }

    @Test func `a failure under continue runs all that does not need it`() {
        var script = MachineScript(
            makePlan(
                [makeStep("a"), makeStep("b", needs: [0]), makeStep("c")],
                failure: .continue
            ),
            workers: 1
        )
        script.end("a", .exited(code: 3))
        #expect(script.launches == ["c"])
        script.end("c")
        #expect(script.machine.end == RunEnd(.exit, step: "a"))
    }

    @Test func `a failure under cancel ends what runs`() {
        var script = MachineScript(makePlan([makeStep("a"), makeStep("b")], failure: .cancel))
        script.end("a", .exited(code: 3))
        #expect(script.effects == [.terminate(AttemptRef(step: "b", number: 1))])
        script.end("b", .exited(code: 0))
        #expect(script.outcome(1) == Outcome(.cancel))
        #expect(script.machine.end == RunEnd(.exit, step: "a"))
    }

    @Test func `allow_failure lets the run go on and succeed`() {
        var script = MachineScript(
            makePlan([makeStep("a", allowFailure: true), makeStep("b", needs: [0])])
        )
        script.end("a", .exited(code: 1))
        #expect(script.launches == ["b"])
        script.end("b")
        #expect(script.machine.end == RunEnd(.success))
    }

    @Test func `handlers run after a failure, and only then`() {
        let plan = makePlan([
            makeStep("a"), makeStep("rescue", needs: [0], when: .failure),
            makeStep("sweep", needs: [0], when: .always), makeStep("b", needs: [0]),
        ])
        var failing = MachineScript(plan)
        failing.end("a", .exited(code: 1))
        #expect(failing.launches == ["rescue", "sweep"])
        failing.end("rescue")
        failing.end("sweep")
        #expect(failing.machine.end == RunEnd(.exit, step: "a"))

        var passing = MachineScript(plan)
        passing.end("a")
        #expect(passing.launches == ["sweep", "b"])
        #expect(passing.outcome(1) == Outcome(.condition))
    }

    @Test func `a handler also runs when its need was skipped because of a bad one`() {
        var script = MachineScript(
            makePlan([
                makeStep("a"), makeStep("b", needs: [0]),
                makeStep("rescue", needs: [1], when: .failure),
            ])
        )
        script.end("a", .exited(code: 1))
        #expect(script.launches == ["rescue"])
    }

    struct Retries {
        let policy = RetryPolicy(attempts: 3, backoffMinimum: .seconds(1))

        @Test func `repeats after a wait no longer than the backoff, and counts`() {
            var script = MachineScript(makePlan([makeStep("a", retry: policy)]))
            script.end("a", attempt: 1, .exited(code: 9))
            let next = AttemptRef(step: "a", number: 2)
            guard case .retryScheduled(next, let until)? = script.events.last else {
                Issue.record("no retry in \(script.events)")
                return
            }
            #expect(until >= script.now && until <= script.now + .seconds(1))
            script.pass(.seconds(1))
            #expect(script.launches == ["a"])
            script.end("a", attempt: 2, .exited(code: 9))
            script.pass(.seconds(2))
            script.end("a", attempt: 3, .exited(code: 9))
            #expect(script.machine.end == RunEnd(.exit, step: "a"))
        }

        @Test(arguments: [64, 65, 66, 77, 78, 126, 127] as [Int32])
        func `never repeats a permanent exit code`(code: Int32) {
            var script = MachineScript(makePlan([makeStep("a", retry: policy)]))
            script.end("a", attempt: 1, .exited(code: code))
            #expect(script.machine.isFinished)
        }

        @Test func `repeats only the listed exit codes, and always 75`() {
            let listed = RetryPolicy(attempts: 2, exitCodes: [64])
            #expect(listed.allowsRetry(after: AttemptEnd(.exit, exitCode: 64)))
            #expect(listed.allowsRetry(after: AttemptEnd(.exit, exitCode: 75)))
            #expect(!listed.allowsRetry(after: AttemptEnd(.exit, exitCode: 1)))
        }

        @Test func `never repeats what could not be launched`() {
            var script = MachineScript(makePlan([makeStep("a", retry: policy)]))
            script.end("a", attempt: 1, .notLaunched("no such program"))
            #expect(script.machine.end == RunEnd(Outcome(.launch), step: "a"))
        }

        @Test func `the delay doubles up to its ceiling`() {
            let policy = RetryPolicy(
                attempts: 9,
                backoffMinimum: .seconds(1),
                backoffMaximum: .seconds(5)
            )
            let delays = (1...5).map { policy.delay(afterFailures: $0, fraction: 1) }
            #expect(delays == [.seconds(1), .seconds(2), .seconds(4), .seconds(5), .seconds(5)])
            #expect(policy.delay(afterFailures: 10_000, fraction: 0.5) == .milliseconds(2_500))
        }
    }

    struct Timeouts {
        @Test func `asks, waits for the grace, then kills`() {
            var script = MachineScript(makePlan([makeStep("a", timeout: .seconds(5))]))
            let attempt = AttemptRef(step: "a", number: 1)
            script.launch("a")
            script.pass(.seconds(5))
            #expect(script.effects == [.terminate(attempt)])
            script.pass(.seconds(9))
            #expect(script.effects.isEmpty)
            script.pass(.seconds(1))
            #expect(script.effects == [.kill(attempt)])
            script.end("a", .signalled(9))
            #expect(script.machine.end == RunEnd(Outcome(.timeout), step: "a"))
        }

        @Test func `the run's own timeout ends all of it`() {
            var script = MachineScript(
                makePlan([makeStep("a"), makeStep("b", needs: [0])], timeout: .seconds(60))
            )
            script.launch("a")
            script.pass(.seconds(60))
            #expect(script.effects == [.terminate(AttemptRef(step: "a", number: 1))])
            script.end("a", .signalled(15))
            #expect(script.outcome(0) == Outcome(.timeout))
            #expect(script.machine.end?.outcome == Outcome(.timeout))
        }
    }

    struct Cancelling {
        @Test func `ends what runs and lets always-steps have their turn`() {
            var script = MachineScript(
                makePlan([makeStep("a"), makeStep("sweep", needs: [0], when: .always)])
            )
            script.launch("a")
            script.send(.cancel(by: "signal SIGINT", isForced: false))
            #expect(script.effects == [.terminate(AttemptRef(step: "a", number: 1))])
            script.end("a", .signalled(15))
            #expect(script.launches == ["sweep"])
            script.end("sweep")
            #expect(script.machine.end?.outcome == Outcome(.cancel))
        }

        @Test func `a second asking kills and starts nothing`() {
            var script = MachineScript(
                makePlan([makeStep("a"), makeStep("sweep", needs: [0], when: .always)])
            )
            script.launch("a")
            script.send(.cancel(by: "signal SIGINT", isForced: false))
            script.send(.cancel(by: "signal SIGINT", isForced: false))
            #expect(script.effects == [.kill(AttemptRef(step: "a", number: 1))])
            script.end("a", .signalled(9))
            #expect(script.outcome(1) == Outcome(.cancel))
            #expect(script.machine.end?.outcome == Outcome(.cancel))
        }
    }

    struct Conditions {
        let plan = makePlan([makeStep("a", condition: "test -e x")])

        @Test func `0 runs the step, 1 skips it`() {
            var yes = MachineScript(plan)
            #expect(yes.launches == ["a?"])
            yes.end("a", part: .condition)
            #expect(yes.launches == ["a"])

            var no = MachineScript(plan)
            no.end("a", part: .condition, .exited(code: 1))
            #expect(no.outcome(0) == Outcome(.condition))
            #expect(no.machine.end == RunEnd(.success))
        }

        @Test func `anything else is an error`() {
            var script = MachineScript(plan)
            script.end("a", part: .condition, .exited(code: 2))
            #expect(script.machine.end == RunEnd(Outcome(.conditionError), step: "a"))
        }
    }

    @Test func `an event that does not fit is refused by a replay`() {
        var script = MachineScript(makePlan([makeStep("a")]))
        let bad: [RunEvent] = [
            .stepReady(step: "nobody", after: nil), .stepReady(step: "a", after: nil),
            .attemptStarted(AttemptRef(step: "a", number: 1)), .runFinished(RunEnd(.success)),
            .stepFinished(step: "a", StepEnd(.success, attempts: 1)), .runStarted(makeStart()),
            .attemptFinished(AttemptRef(step: "a", number: 2), AttemptEnd(.success)),
        ]
        for event in bad {
            #expect(throws: ReplayFault.self) {
                try script.machine.replay(RecordedEvent(sequence: 9, at: script.now, event: event))
            }
        }
    }
}
