import Pipeline
import Synchronization
import Telemetry

/// What a run's own thread does.
extension RunHost {
    /// The run's own thread, from its first event to its last.
    ///
    /// - Returns: The run's pipeline; `nil` when it could not begin.
    func live(
        _ birth: RunBirth,
        _ view: RunView,
        _ listeners: [any RunListener],
        _ begin: () throws -> RunSession
    ) -> String? {
        var interrupted: (run: HostedRun, why: RunInterrupted)?
        var lasting: RunSession?
        // Last of all: from then on it may be taken up again.
        defer { if let (run, why) = interrupted { revival.note(run, why, of: self) } }
        // The lock goes after the listeners: what one missed it reads in the journal, which must
        // not be deleted before.
        defer { _ = lasting.take() }
        defer { for listener in listeners { listener.close() } }
        do {
            let session = try begin()
            lasting = session
            let hosted = try admit(session, view)
            birth.end(.success(hosted))
            run(session, as: hosted)
            runs.withLock { $0.active[hosted.id] = nil }
            if case .failure(let why as RunInterrupted)? = hosted.outcome {
                interrupted = (hosted, why)
            }
            return hosted.pipeline
        } catch {
            birth.end(.failure(error))
            return nil
        }
    }

    private func run(_ session: RunSession, as hosted: HostedRun) {
        do {
            let end = try session.run()
            // A report that cannot be written can be made again from the journal.
            let snapshot = hosted.snapshot
            let insight = state.insight(on: snapshot)
            let (hints, baselines) = (insight.hints, insight.baselines)
            let report = RunReport.json(snapshot, hints: hints, baselines: baselines)
            try? hosted.folder.writeReport(report)
            onEnd(hosted.pipeline, insight.baselinesWithIt)
            hosted.finish(.success(end))
        } catch {
            hosted.finish(.failure(error))
        }
    }

    private func admit(_ session: RunSession, _ view: RunView) throws(RunHostClosed) -> HostedRun {
        let hosted = HostedRun(
            id: session.folder.id,
            pipeline: session.plan.name,
            folder: session.folder,
            view: view,
            pings: session.pings
        )
        try runs.withLock { runs throws(RunHostClosed) in
            // It is remembered by now, and goes on with the next start.
            guard !runs.isClosed else { throw RunHostClosed() }
            runs.active[hosted.id] = hosted
        }
        return hosted
    }
}
