package import Pipeline

/// Why a run stands where it stands (H6): one sentence for the whole, and one for every step that
/// neither runs nor has ended, each with what it waits for and since when.
package struct Explanation: Sendable, Equatable {
    /// A step that waits, was never begun, or decided the run's end.
    package struct Line: Sendable, Equatable {
        package var step: String
        package var text: String
        /// What it waits for; `nil` where it waits for nothing any more.
        package var blocker: Blocker?
        package var since: Timestamp?
    }

    package internal(set) var headline: String
    package internal(set) var lines: [Line] = []
    /// Steps that wait as well, and are not said.
    package internal(set) var omitted = 0

    /// More nobody reads; who needs all of it asks for the steps.
    private static let linesMax = 50

    /// - Parameters:
    ///   - run: The run as it stands.
    ///   - isInterrupted: Whether nobody runs it, though it has not ended.
    ///   - now: The present.
    package init(_ run: RunSnapshot, isInterrupted: Bool = false, at now: Timestamp) {
        let narrator = Narrator(run: run, now: now)
        headline = narrator.headline(isInterrupted: isInterrupted)
        let all = run.end == nil ? narrator.waiting : narrator.notBegun
        lines = Array(all.prefix(Self.linesMax))
        omitted = all.count - lines.count
    }

    /// Without line ends.
    package var text: [String] {
        let more = omitted > 0 ? ["  … and \(HumanText.count(omitted, "step")) more"] : []
        return [VisibleText.clean(headline)]
            + lines.map { "  \(VisibleText.clean("\($0.step) \($0.text)"))" } + more
    }

    /// One JSON object with a line end after it; instants are RFC 3339 in UTC.
    package var json: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.member("headline", headline)
        json.key("steps")
        json.beginArray()
        for line in lines {
            json.beginObject()
            json.member("step", line.step)
            json.member("blocker", line.blocker?.name)
            json.member("since", line.since)
            if let blocker = line.blocker { json.members(of: blocker) }
            json.member("text", line.text)
            json.endObject()
        }
        json.endArray()
        json.member("omitted", omitted)
        json.endObject()
        json.piece("\n")
        return json.bytes
    }
}

extension JSONWriter {
    /// What is known of a blocker beside its name, into the object that is open.
    mutating func members(of blocker: Blocker) {
        switch blocker {
        case .dependency(let needs):
            key("needs")
            beginArray()
            for need in needs { string(need) }
            endArray()
        case .backoff(let until): member("until", until)
        case .gate(let wait):
            member("name", wait.name)
            member("until", wait.until)
        case .workers: break
        }
    }
}

/// Finds the words.
private struct Narrator {
    let run: RunSnapshot
    let now: Timestamp

    private var workers: Int { run.started?.workers ?? 1 }

    private func ago(_ instant: Timestamp?) -> String {
        HumanText.duration(now - (instant ?? now))
    }

    // MARK: - The whole

    func headline(isInterrupted: Bool) -> String {
        guard let started = run.started else { return "the run has not started" }
        if let end = run.end {
            let words = "\(started.pipeline) \(OutcomeWords.verb(end.outcome.result))"
            guard let name = end.step, let step = run.step(name) else {
                return words + (end.message.map { ": \($0)" } ?? "")
            }
            return "\(words): \(StepWords.ending(step))"
        }
        if isInterrupted {
            return "nobody runs it since \(ago(run.lastEventAt)): "
                + "go on with weir resume \(started.run)"
        }
        if let stop = run.stop {
            return "nothing new starts: \(OutcomeWords.stop(stop)); \(running)"
        }
        return running
    }

    /// What the workers do.
    private var running: String {
        let busy = run.steps.filter { $0.current != nil }
        guard !busy.isEmpty else { return "none of \(HumanText.count(workers, "worker")) is busy" }
        let names = busy.prefix(3).map { "\($0.name) (\(attempt(of: $0)))" }
        let more = busy.count > 3 ? " and \(busy.count - 3) more" : ""
        return "\(busy.count) of \(HumanText.count(workers, "worker")) busy: "
            + names.joined(separator: ", ") + more
    }

    private func attempt(of step: StepSnapshot) -> String {
        let since = ago(step.current?.startedAt)
        switch step.current?.part {
        case .condition: return "asks its if, \(since)"
        case .compensation: return "is undone, \(since)"
        case .main, nil: break
        }
        guard step.attemptCount > 1 else { return since }
        return "\(StepWords.numbered(step.attemptCount, of: step.attemptsAllowed)), \(since)"
    }

    // MARK: - Steps that wait

    var waiting: [Explanation.Line] {
        run.blocked(at: now).map { blocked in
            Explanation.Line(
                step: blocked.step,
                text: sentence(blocked),
                blocker: blocked.blocker,
                since: blocked.since
            )
        }
    }

    private func sentence(_ blocked: BlockedStep) -> String {
        switch blocked.blocker {
        case .dependency(let needs):
            guard !needs.isEmpty else { return "waits for the steps before it" }
            let names = needs.prefix(3).map { "\($0) (\(state(of: $0)))" }
            let more = needs.count > 3 ? " and \(needs.count - 3) more" : ""
            return "waits for " + names.joined(separator: ", ") + more
        case .workers: return workerSentence(blocked)
        case .gate(let wait):
            return StepWords.waiting(for: wait, at: now) + ", ready for \(ago(blocked.since))"
        case .backoff(let until):
            return "is tried again in \(HumanText.duration(until - now)), after "
                + lastEnd(of: blocked.step)
        }
    }

    /// Between its readiness and its start lies a turn of the engine, where a worker is free.
    private func workerSentence(_ blocked: BlockedStep) -> String {
        let busy = run.counts.running
        let since = ago(blocked.since)
        guard busy >= workers else { return "is about to start, ready for \(since)" }
        return "waits for a worker for \(since): \(busy) of \(workers) are busy"
    }

    /// In short, as a reason why somebody else waits.
    private func state(of name: String) -> String {
        guard let step = run.step(name) else { return "unknown" }
        if step.current != nil { return "runs, \(attempt(of: step))" }
        switch step.state {
        case .waiting: return "waits itself"
        case .ready: return "waits for a worker"
        case .blocked(let wait, _): return StepWords.waiting(for: wait, at: now)
        case .backingOff(let until, _):
            return "is tried again in \(HumanText.duration(until - now))"
        case .running: return "runs"
        case .finished: return "has ended"
        }
    }

    private func lastEnd(of name: String) -> String {
        guard let last = run.step(name)?.attempts.last(where: { $0.end != nil }), let end = last.end
        else { return "a failure" }
        return OutcomeWords.cause(end, lasted: last.duration())
    }

    // MARK: - Steps that never began

    var notBegun: [Explanation.Line] {
        run.steps.compactMap { step in
            guard step.attempts.isEmpty, step.outcome?.result != .success, step.end != nil else {
                return nil
            }
            return Explanation.Line(step: step.name, text: "did not run: \(StepWords.cause(step))")
        }
    }
}
