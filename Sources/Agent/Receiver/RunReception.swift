import Pipeline
import Synchronization
package import Telemetry
import Transport

/// What one run's children send, from the run's beginning in this process to its end.
///
/// Its files are the run's: whoever has the run's lock makes one of these, and no second one.
package final class RunReception: Sendable {
    let folder: RunFolder
    let mask: ReceivedMask
    /// What attempts are told.
    package let children: ChildTelemetry
    private let steps: [String]
    private let spools: [OTLPSignal: ReceivedSpool]
    private let writer: ReceivedWriter
    private let counts: ReceiverCounts
    private let state = Mutex(State())
    private let onClose: @Sendable () -> Void

    private struct State {
        var isEnding = false
        var isClosed = false
        var listener: (@Sendable () -> Void)?
    }

    /// How long the end of a run waits for a disk that takes no more: its own journal is durable.
    private static let patience = Duration.seconds(10)

    init(
        _ folder: RunFolder,
        steps: [String],
        mask: SecretMask,
        children: ChildTelemetry,
        _ writer: ReceivedWriter,
        _ counts: ReceiverCounts,
        onClose: @escaping @Sendable () -> Void
    ) {
        self.folder = folder
        self.steps = steps
        self.mask = ReceivedMask(mask)
        self.children = children
        self.writer = writer
        self.counts = counts
        self.onClose = onClose
        spools = Dictionary(
            uniqueKeysWithValues: OTLPSignal.allCases.map { ($0, ReceivedSpool(folder, $0)) }
        )
        // What a crash left is durable, and so may be sent, before anything new comes.
        _ = writer.submit { [spools, weak self] in
            // What cannot be opened now says so to the first body.
            for spool in spools.values { try? spool.recover() }
            self?.tell()
        }
    }

    /// How far the signal's file is durable; to be asked by `ReceivedReader`, never waits.
    package func synced(_ signal: OTLPSignal) -> Int { spools[signal]?.synced ?? 0 }

    /// Nothing follows behind what `synced` says.
    package var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Calls `listener`, on any thread, when more is durable, and when it closes.
    package func onSync(_ listener: @escaping @Sendable () -> Void) {
        state.withLock { $0.listener = listener }
    }

    /// Has a body kept; `done` is called once, on any thread, when it is durable or refused.
    ///
    /// - Parameters:
    ///   - body: Masked.
    ///   - done: Told what came of it.
    package func submit(
        _ body: ReceivedBody,
        then done: @escaping @Sendable (Result<Void, ReceivedRefusal>) -> Void
    ) {
        guard let spool = spools[body.signal] else { return done(.failure(.closed)) }
        let job = ReceivedWriter.Job(body: body, spool: spool) { [self] outcome in
            counts.count(body, outcome)
            if case .success = outcome { tell() }
            done(outcome)
        }
        // One after the other with `close`: nothing may come behind its errand.
        let refusal: ReceivedRefusal? = state.withLock { state in
            if state.isEnding { return .closed }
            return writer.submit(job) ? nil : .busy
        }
        guard let refusal else { return }
        counts.count(body, .failure(refusal))
        done(.failure(refusal))
    }

    /// The attempt that a token of this run names.
    func attempt(of claim: AttemptTokens.Claim) -> AttemptRef? {
        guard steps.indices.contains(claim.step) else { return nil }
        return AttemptRef(step: steps[claim.step], part: claim.part, number: claim.number)
    }

    /// Takes nothing more, and waits until what was taken is durable; its tokens are void.
    package func close() {
        // Without one nobody waits; the writer closes the files all the same.
        let closed = EventDescriptor()
        let isFirst = state.withLock { state in
            defer { state.isEnding = true }
            return !state.isEnding
        }
        guard isFirst else { return }
        let isTaken = writer.submit { [self] in
            finish()
            closed?.signal()
        }
        guard isTaken else { return finish() }
        _ = closed?.wait(atMost: Self.patience)
    }

    private func finish() {
        for spool in spools.values { spool.close() }
        state.withLock { state in
            state.isEnding = true
            state.isClosed = true
        }
        onClose()
        tell()
    }

    private func tell() {
        let listener = state.withLock { $0.listener }
        listener?()
    }
}
