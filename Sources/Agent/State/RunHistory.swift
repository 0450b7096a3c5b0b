import CLinux
import Glibc
package import Pipeline
package import Telemetry

/// What a run and those before it say.
package struct RunInsight: Sendable {
    package var hints: [Hint] = []
    /// What was usual before it.
    package var baselines = Baselines()
    /// What is usual now that it has ended.
    package var baselinesWithIt = Baselines()

    package init() {}

    /// - Parameters:
    ///   - run: As it stands.
    ///   - history: Ended runs of its pipeline that began earlier, newest first.
    package init(on run: RunSnapshot, after history: [RunSnapshot]) {
        baselines = Baselines(history)
        guard run.end != nil else { return }
        hints = Hint.find(in: [run] + history.prefix(Self.runsOfHints))
        baselinesWithIt = Baselines([run] + history.prefix(Self.runsRead - 1))
    }

    fileprivate static let runsRead = 20
    /// Older runs say what is usual, and nothing of what goes on.
    private static let runsOfHints = 10
}

extension StateFolder {
    /// Bounds of what is read of a pipeline's runs: a few tens of milliseconds.
    private static let runsLookedAt = 200
    private static let journalBytes: Int64 = 256 << 10

    /// What the run says in the light of its pipeline's runs before it; runs that cannot be read,
    /// or are very large, say nothing.
    package func insight(on run: RunSnapshot) -> RunInsight {
        guard let started = run.started else { return RunInsight() }
        return RunInsight(on: run, after: history(of: started.pipeline, before: started.run))
    }

    /// What is usual in the pipeline's last runs.
    package func baselines(of pipeline: String) -> Baselines {
        Baselines(history(of: pipeline, before: nil))
    }

    /// Ended runs of the pipeline that began earlier, newest first.
    package func history(of pipeline: String, before run: RunID?) -> [RunSnapshot] {
        guard let ids = try? runIDs() else { return [] }
        let earlier = ids.lazy.filter { id in
            run.map { (id.high, id.low) < ($0.high, $0.low) } ?? true
        }
        var runs: [RunSnapshot] = []
        for id in earlier.prefix(Self.runsLookedAt) {
            let folder = self.run(id)
            guard folder.journalSize <= Self.journalBytes,
                case .runStarted(let first)? = try? folder.firstEvent().event,
                first.pipeline == pipeline, let snapshot = try? folder.snapshot(),
                snapshot.end != nil
            else { continue }
            runs.append(snapshot)
            if runs.count == RunInsight.runsRead { break }
        }
        return runs
    }
}

extension RunFolder {
    var journalSize: Int64 {
        var status = stat()
        guard unsafe stat(journalPath, &status) == 0 else { return .max }
        return Int64(status.st_size)
    }
}
