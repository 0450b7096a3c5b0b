/// Pools, rate limits and breakers, as one run sees them.
///
/// The machine asks for one place per lane (`claim`), and only while it has a worker for it; who
/// gets it is decided elsewhere (`FlowControl`), for all runs together. Between the question and
/// its answer, which comes at once, that worker stays free. A place that comes later, when all
/// workers are busy, is given back.
extension RunMachine {
    /// What the machine knows of one lane; it dies with the process.
    struct Lane: Sendable {
        enum Claim: Sendable, Equatable {
            case none
            /// And not answered yet.
            case asked
            case blocked(GateWait)
        }

        var claim = Claim.none
        /// Since when the lane has waited for the place it is to get next.
        var since: Timestamp?
        /// How many steps the other side knows of.
        var told = 0
        /// Steps that came since anybody was told what they wait for.
        var untold: [Int] = []
    }

    /// Puts a step that may start where it waits for its turn.
    mutating func enqueue(_ step: Int, passesGates: Bool) {
        if let lane = ready.insert(step, passesGates: passesGates), lane > 0 {
            lanes[lane].untold.append(step)
        }
    }

    /// Whether steps wait for a gate, so that time or somebody else's end may let them go on.
    package var waitsForGates: Bool {
        lanes.count > 1 && lanes.contains { $0.claim != .none }
    }

    /// Lanes whose question is not answered yet: each has a worker kept.
    private var asking: Int {
        lanes.count > 1 ? lanes.count { $0.claim == .asked } : 0
    }

    /// The lane whose first step is the most urgent of those that can go on.
    private mutating func nextLane() -> (lane: Int, step: Int)? {
        var best: (lane: Int, step: Int, rank: Int)?
        for lane in lanes.indices where lanes[lane].claim == .none {
            guard let first = ready.first(of: lane) else { continue }
            if let best, best.rank < first.rank { continue }
            best = (lane, first.step, first.rank)
        }
        return best.map { ($0.lane, $0.step) }
    }

    mutating func startReady(at now: Timestamp, into turn: inout RunTurn) {
        while running + asking + lookingUp < workers, let (lane, step) = nextLane() {
            guard isStartable(step), mayStart(step) else {
                ready.remove(step)
                if isStartable(step) { touched.append(step) }
                continue
            }
            if lane > 0 {
                lanes[lane].claim = .asked
                claim(lane, at: now, into: &turn)
            } else {
                start(step, at: now, into: &turn)
            }
        }
        for lane in lanes.indices.dropFirst() { review(lane, at: now, into: &turn) }
    }

    private mutating func claim(_ lane: Int, at now: Timestamp, into turn: inout RunTurn) {
        let since = lanes[lane].since ?? now
        lanes[lane].since = since
        lanes[lane].told = ready.count(of: lane)
        turn.effects.append(.claim(ready.gates[lane], waiting: lanes[lane].told, since: since))
    }

    /// A lane that waits: others may have joined it, or all have left it.
    private mutating func review(_ lane: Int, at now: Timestamp, into turn: inout RunTurn) {
        guard case .blocked(let wait) = lanes[lane].claim else { return }
        let count = ready.count(of: lane)
        if count == 0 {
            lanes[lane].claim = .none
            lanes[lane].since = nil
            lanes[lane].untold = []
            turn.effects.append(.withdraw(ready.gates[lane]))
            return
        }
        tell(lanes[lane].untold, of: lane, wait, at: now, into: &turn)
        lanes[lane].untold = []
        if count != lanes[lane].told { claim(lane, at: now, into: &turn) }
    }

    private mutating func tell(
        _ steps: [Int],
        of lane: Int,
        _ wait: GateWait,
        at now: Timestamp,
        into turn: inout RunTurn
    ) {
        for step in steps where self.steps[step].wait != wait && isStartable(step) {
            emit(.stepBlocked(step: plan.steps[step].name, wait), at: now, into: &turn)
        }
    }

    // MARK: - Answers

    mutating func take(
        _ decision: FlowAnswer.Decision,
        of gates: Gates,
        at now: Timestamp,
        into turn: inout RunTurn
    ) {
        guard let lane = ready.gates.firstIndex(of: gates), lane > 0 else { return }
        switch decision {
        case .granted(let isProbe, let change):
            if let change, let breaker = gates.breaker {
                emit(.breakerChanged(breaker: breaker, to: change), at: now, into: &turn)
            }
            granted(lane, isProbe: isProbe, at: now, into: &turn)
        case .blocked(let wait):
            guard lanes[lane].claim != .none else { return }
            blocked(lane, wait, at: now, into: &turn)
        case .full(_, let count):
            let all = ready.all(of: lane)
            lanes[lane].told = max(0, lanes[lane].told - count)
            if lanes[lane].told == 0 { forget(lane) }
            for step in all.suffix(count) {
                endWaiting(step, Outcome(.queueFull), at: now, into: &turn)
            }
        case .refused:
            forget(lane)
            for step in ready.all(of: lane) {
                endWaiting(step, Outcome(.breakerOpen), at: now, into: &turn)
            }
        }
    }

    private mutating func forget(_ lane: Int) {
        lanes[lane].claim = .none
        lanes[lane].since = nil
    }

    private mutating func granted(
        _ lane: Int,
        isProbe: Bool,
        at now: Timestamp,
        into turn: inout RunTurn
    ) {
        let since = lanes[lane].since
        forget(lane)
        guard running < workers, let (step, _) = ready.first(of: lane), isStartable(step),
            mayStart(step)
        else {
            // Nobody can use it now; whoever can, soon, has not lost its place.
            lanes[lane].since = ready.count(of: lane) > 0 ? since : nil
            turn.effects.append(.release(ready.gates[lane], .unused, isProbe: isProbe))
            return
        }
        steps[step].isProbe = isProbe
        start(step, at: now, into: &turn)
    }

    private mutating func blocked(
        _ lane: Int,
        _ wait: GateWait,
        at now: Timestamp,
        into turn: inout RunTurn
    ) {
        var concerned = lanes[lane].untold
        if case .blocked(let last) = lanes[lane].claim,
            last.kind == .breaker || wait.kind == .breaker
        {
            concerned = ready.all(of: lane)
        } else if let first = ready.first(of: lane) {
            concerned.insert(first.step, at: 0)
        }
        lanes[lane].claim = .blocked(wait)
        lanes[lane].untold = []
        tell(concerned, of: lane, wait, at: now, into: &turn)
    }

    // MARK: - After an attempt

    /// Gives back what the attempt had passed.
    mutating func releaseGates(of step: Int, _ end: AttemptEnd, into turn: inout RunTurn) {
        guard lanes.count > 1, !plan.steps[step].gates.isEmpty else { return }
        let gates = plan.steps[step].gates
        let verdict = GrantEnd.ended(end.outcome.breakerVerdict)
        turn.effects.append(.release(gates, verdict, isProbe: steps[step].isProbe))
        steps[step].isProbe = false
        // What a breaker becomes by it belongs to this run, and to no other.
        if gates.breaker != nil { openVerdicts += 1 }
    }

    mutating func released(
        _ breaker: String,
        _ change: BreakerState?,
        at now: Timestamp,
        into turn: inout RunTurn
    ) {
        openVerdicts = max(0, openVerdicts - 1)
        guard let change else { return }
        emit(.breakerChanged(breaker: breaker, to: change), at: now, into: &turn)
    }
}

extension Outcome {
    /// What an attempt's end says of what lies behind a breaker.
    var breakerVerdict: BreakerVerdict {
        switch (result, reason) {
        case (.success, _): .success
        // Weir's own trouble, or a contract between steps.
        case (_, .launch), (_, .outputContract), (_, .agentCrash), (_, .journal): .none
        case (.failure, _), (.error, _), (.timeout, _): .failure
        case (.cancellation, _), (.skip, _): .none
        }
    }
}
