import Pipeline
import TestSupport

/// A world for one machine, drawn from one seed.
///
/// Its processes take their time and end somehow, its people cancel, and it crashes between any
/// two events.
struct SimulatedWorld {
    var random: SeededRandom
    let plan: Plan
    let run: RunID
    let workers: Int
    var machine: RunMachine
    var now = Timestamp(nanoseconds: 1_000_000)
    /// What is on disk: all that a resume knows.
    var journal: [RecordedEvent] = []
    /// Answers of the world that the machine has not heard yet; a crash forgets them.
    var answers: [RunInput] = []
    /// Processes that exist, with when each will end by itself.
    var processes: [AttemptRef: Process] = [:]
    /// By step, what a retry in this world begins with.
    var verdicts: [RetryPlan.Verdict] = []
    /// Answers of the cache, and what was given to it.
    var hits = 0
    var stored = 0
    var crashes = 0
    var abandonments = 0
    var silenced = 0
    var endedByCrash = 0
    var undone = 0
    var blocked = 0
    var flow = FlowControl()
    var gateChecks = GateChecks()
    var fullDisks = 0
    var crashesLeft: Int
    var cancelsLeft: Int
    var fault: String?

    struct Process {
        var endsAt: Timestamp
        var ending: AttemptReport.Ending
        var ignoresTerm: Bool
    }

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        plan = Self.makeRandomPlan(&random)
        run = RunID(high: random.next(), low: random.next())
        workers = Int.random(in: 1...4, using: &random)
        machine = RunMachine(plan: plan, run: run, workers: workers)
        crashesLeft = Int.random(in: 0...5, using: &random)
        cancelsLeft = random.oneIn(6) ? Int.random(in: 1...2, using: &random) : 0
        let start = RunEvent.runStarted(makeStart(run: run, workers: workers))
        record(start)
        flow.define(plan.flow, at: now)
        reuseSome()
        replayJournal()
    }

    static func makeRandomPlan(_ random: inout SeededRandom) -> Plan {
        let count = Int.random(in: 1...12, using: &random)
        var steps: [PlannedStep] = []
        for index in 0..<count {
            let needs = (0..<index).filter { _ in random.oneIn(3) }
            let kind = Int.random(in: 0..<8, using: &random)
            let when: RunCondition = kind == 0 ? .failure : kind == 1 ? .always : .success
            var step =
                makeStep(
                    "s\(index)",
                    needs: needs,
                    when: when,
                    condition: random.oneIn(6) ? "ask" : nil,
                    timeout: random.oneIn(3) ? .seconds(4) : nil,
                    retry: RetryPolicy(attempts: Int.random(in: 1...3, using: &random)),
                    allowFailure: random.oneIn(5)
                )
            step.idleTimeout = random.oneIn(4) ? .seconds(1) : nil
            step.grace = .seconds(Int.random(in: 1...10, using: &random))
            step.onCrash = random.oneIn(6) ? .fail : .repeat
            addFlow(to: &step, &random)
            step.cache = random.oneIn(4) ? CachePolicy() : nil
            steps.append(step)
        }
        for index in 0..<(random.oneIn(3) ? Int.random(in: 1...3, using: &random) : 0) {
            steps.append(makeFinalStep(index, after: count, &random))
        }
        let policy = FailurePolicy.allCases.randomElement(using: &random) ?? .stop
        let timeout: Duration? = random.oneIn(8) ? .seconds(20) : nil
        var plan = makePlan(steps, failure: policy, timeout: timeout)
        plan.flow = makePolicies(&random)
        return plan
    }

    /// Runs to the end; sets `fault` when an invariant breaks.
    mutating func runToEnd() {
        step(.start)
        var turns = 0
        while !machine.isFinished, fault == nil {
            turns += 1
            if turns > 5_000 { fault = "the run does not end" }
            if cancelsLeft > 0, random.oneIn(12) {
                cancelsLeft -= 1
                let other = RunID(high: 9, low: 9)
                let isNewer = random.oneIn(4)
                step(
                    isNewer ? .supersede(by: other) : .cancel(by: "test", isForced: random.oneIn(4))
                )
            } else if let silent = silentAttempt() {
                step(.silent(silent))
            } else if crashesLeft > 0, random.oneIn(15) {
                crash()
            } else {
                advance()
            }
        }
        checkEnd()
    }

    /// Moves the clock to whatever happens next.
    private mutating func advance() {
        let ending = processes.min {
            ($0.value.endsAt, $0.key.step) < ($1.value.endsAt, $1.key.step)
        }
        let deadline = [machine.nextDeadline, flow.nextDeadline].compactMap(\.self).min()
        if let ending, deadline.map({ ending.value.endsAt <= $0 }) ?? true {
            now = max(now, ending.value.endsAt)
            processes[ending.key] = nil
            step(.ended(ending.key, AttemptReport(ending.value.ending)))
        } else if let deadline {
            now = max(now, deadline)
            ask { control, now, answers in control.advance(to: now, into: &answers) }
            step(.tick)
        } else {
            fault = "nothing runs, nothing is waited for, and the run has not ended"
        }
    }

    /// An attempt that may be told to have been silent for too long; others may be as well, to no
    /// effect.
    private mutating func silentAttempt() -> AttemptRef? {
        guard random.oneIn(10) else { return nil }
        return processes.keys.min { $0.step < $1.step }
    }

    mutating func step(_ input: RunInput) {
        answers.append(input)
        drain()
    }

    mutating func drain() {
        while !answers.isEmpty, fault == nil { take(answers.removeFirst()) }
    }

    private mutating func take(_ input: RunInput) {
        var turn = RunTurn()
        machine.handle(input, at: now, into: &turn)
        // A crash may come between any two events of the turn, and between any two effects.
        if crashesLeft > 0, random.oneIn(25) {
            let written = Int.random(in: 0...turn.events.count, using: &random)
            for event in turn.events.prefix(written) { record(event) }
            guard written == turn.events.count else {
                crash()
                return
            }
            let performed = Int.random(in: 0...turn.effects.count, using: &random)
            for effect in turn.effects.prefix(performed) { perform(effect) }
            crash()
            return
        }
        if crashesLeft > 0, !turn.events.isEmpty, random.oneIn(40) {
            fillDisk(turn.events)
            return
        }
        for event in turn.events { record(event) }
        for effect in turn.effects { perform(effect) }
    }

    mutating func record(_ event: RunEvent) {
        let sequence = UInt64(journal.count + 1)
        journal.append(RecordedEvent(sequence: sequence, at: now, event: event))
    }

    private mutating func perform(_ effect: RunEffect) {
        switch effect {
        case .launch(let attempt, let index): launch(attempt, index)
        case .terminate(let attempt):
            guard let process = processes[attempt], !process.ignoresTerm else { return }
            processes[attempt]?.endsAt = now + .milliseconds(5)
            processes[attempt]?.ending = .signalled(15)
        case .kill(let attempt):
            processes[attempt]?.endsAt = now
            processes[attempt]?.ending = .signalled(9)
        case .claim, .withdraw, .release: performFlow(effect)
        case .lookUpCache(let index): lookUp(index)
        case .storeInCache(let index):
            check(machine.steps[index].isGood, "a step that did not succeed is kept")
            stored += 1
        case .finish: break
        }
    }

    private mutating func launch(_ attempt: AttemptRef, _ index: Int) {
        check(processes.keys.allSatisfy { $0.step != attempt.step }, "two attempts overlap")
        check(processes.count < workers, "more attempts than workers")
        if attempt.part == .compensation {
            checkUndoing(of: index)
        } else {
            check(!hasSucceeded(attempt.step), "\(attempt.step) starts after its success")
            checkNeeds(of: index, attempt)
        }
        checkGates(of: index, attempt)
        if random.oneIn(20) {
            answers.append(.ended(attempt, AttemptReport(.notLaunched("no such program"))))
            return
        }
        let seconds = Double.random(in: 0...6, using: &random)
        processes[attempt] = Process(
            endsAt: now + .seconds(seconds),
            ending: randomEnding(of: attempt.part),
            ignoresTerm: random.oneIn(5)
        )
        answers.append(.launched(attempt, pid: 1, startTicks: 1))
    }

    private mutating func randomEnding(of part: StepPart) -> AttemptReport.Ending {
        switch Int.random(in: 0..<10, using: &random) {
        case 0...6: .exited(code: 0)
        case 7: .exited(code: part == .condition ? 1 : 75)
        case 8: .exited(code: 65)
        default: .signalled(11)
        }
    }

    /// kill -9: what was in memory is gone; a resume ends the orphans first.
    private mutating func crash() {
        crashes += 1
        crashesLeft -= 1
        now = now + .milliseconds(Int64.random(in: 1...3_000, using: &random))
        processes.removeAll()
        answers.removeAll()
        forgetFlow()
        replayJournal()
        guard !machine.isFinished else { return }
        let diedAt = journal.last?.at ?? now
        guard !random.oneIn(12) else {
            abandonments += 1
            now = diedAt
            answers.append(.abandon)
            drain()
            return
        }
        answers.append(.resume(RunResumed(recovery: machine.nextRecovery, diedAt: diedAt)))
        drain()
    }

    mutating func replayJournal() {
        var fresh = RunMachine(plan: plan, run: run, workers: workers)
        for event in journal {
            do { try fresh.replay(event) } catch { fault = "replay: \(error)" }
        }
        machine = fresh
    }
}

// MARK: - Invariants

extension SimulatedWorld {
    mutating func check(_ isTrue: Bool, _ what: String) {
        if !isTrue, fault == nil { fault = what }
    }

    private func hasSucceeded(_ step: String) -> Bool {
        journal.contains { recorded in
            guard case .attemptFinished(let attempt, let end) = recorded.event else { return false }
            return attempt.step == step && attempt.part == .main && end.outcome == .success
        }
    }

    private mutating func checkNeeds(of index: Int, _ attempt: AttemptRef) {
        let step = plan.steps[index]
        check(step.name == attempt.step, "the index names another step")
        if step.isFinal {
            checkFinalStart(of: index)
            return
        }
        for need in step.needs {
            let state = machine.steps[need]
            check(state.isFinished, "\(step.name) starts before its need has ended")
            if step.when == .success {
                check(state.isGood, "\(step.name) starts though its need is not good")
            }
        }
    }

    private mutating func checkEnd() {
        guard fault == nil else { return }
        check(processes.isEmpty, "a process outlives the run")
        var finished: [String: Int] = [:]
        var numbers: [AttemptRef: Int] = [:]
        for recorded in journal {
            if case .stepFinished(let step, _) = recorded.event { finished[step, default: 0] += 1 }
            if case .attemptStarted(let attempt) = recorded.event {
                numbers[attempt, default: 0] += 1
            }
        }
        check(finished.count == plan.steps.count, "a step has no end")
        check(finished.values.allSatisfy { $0 == 1 }, "a step ended twice")
        check(numbers.values.allSatisfy { $0 == 1 }, "an attempt's number was given twice")
        if case .runFinished? = journal.last?.event {} else { check(false, "the end is not last") }
        checkOutcome()
        checkReuse()
        checkCache()
        checkAbandonment()
        checkCrashesAndSilence()
        checkCompensations()
        checkBreakers()
        checkReplay()
    }

    private mutating func checkOutcome() {
        let isBad = machine.steps.contains { $0.isBad }
        if !wasStoppedWhileOpen {
            check((machine.end?.outcome == .success) == !isBad, "the outcome lies")
        } else {
            check(machine.end?.outcome != .success, "a stopped run cannot have succeeded")
        }
        for (state, step) in zip(machine.steps, plan.steps) {
            check(state.charged <= step.retry.attempts, "\(step.name) had too many attempts")
        }
    }

    /// What must not be begun twice is not, and only a step with `idle_timeout` ends by it.
    private mutating func checkCrashesAndSilence() {
        var crashed: Set<String> = []
        for recorded in journal {
            switch recorded.event {
            case .attemptFinished(let attempt, let end):
                guard let index = machine.index(of: attempt.step) else { continue }
                let step = plan.steps[index]
                if end.outcome.reason == .idleTimeout {
                    silenced += 1
                    check(step.idleTimeout != nil, "\(step.name) may be silent")
                }
                if end.outcome.reason.isInterruption, step.onCrash == .fail,
                    attempt.part != .compensation
                {
                    crashed.insert(step.name)
                }
            case .attemptStarted(let attempt) where attempt.part != .compensation:
                check(!crashed.contains(attempt.step), "\(attempt.step) is begun after a crash")
            default: continue
            }
        }
        endedByCrash += crashed.count
    }

    /// Of a run that was given up nothing starts, and it says so at its end.
    private mutating func checkAbandonment() {
        let isAbandoned: (RecordedEvent) -> Bool = { $0.event == .runStopping(.abandoned) }
        guard let place = journal.firstIndex(where: isAbandoned) else { return }
        let starts = journal[place...].contains { recorded in
            if case .attemptStarted = recorded.event { true } else { false }
        }
        check(!starts, "an attempt of a run that was given up")
        check(machine.end?.outcome == Outcome(.agentCrash), "given up, and ends otherwise")
        check(journal.count(where: isAbandoned) == 1, "given up twice")
    }

    /// A machine that replays the journal stands where the one that wrote it stood.
    private mutating func checkReplay() {
        let live = machine
        replayJournal()
        check(machine.end == live.end && machine.stop == live.stop, "replay ends elsewhere")
        check(machine.steps.map(\.phase) == live.steps.map(\.phase), "replay differs in a phase")
        check(machine.steps.map(\.attempts) == live.steps.map(\.attempts), "replay differs")
    }
}
