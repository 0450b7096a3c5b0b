import CLinux
import Glibc
package import Pipeline
package import Telemetry

extension StateFolder {
    /// Bounds of what a run's end reads of the runs before it: a few tens of milliseconds.
    private static let runsLookedAt = 200
    private static let runsRead = 10
    private static let journalBytes: Int64 = 256 << 10

    /// What the run says in the light of its pipeline's runs before it; runs that cannot be read,
    /// or are very large, say nothing.
    package func hints(on run: RunSnapshot) -> [Hint] {
        guard run.end != nil, let started = run.started else { return [] }
        return Hint.find(in: [run] + history(before: started))
    }

    /// Ended runs of the same pipeline that began earlier, newest first.
    private func history(before started: RunStarted) -> [RunSnapshot] {
        guard let ids = try? runIDs() else { return [] }
        let earlier = ids.lazy.filter {
            ($0.high, $0.low) < (started.run.high, started.run.low)
        }
        var runs: [RunSnapshot] = []
        for id in earlier.prefix(Self.runsLookedAt) {
            let folder = run(id)
            guard folder.journalSize <= Self.journalBytes,
                case .runStarted(let first)? = try? folder.firstEvent().event,
                first.pipeline == started.pipeline, let snapshot = try? folder.snapshot(),
                snapshot.end != nil
            else { continue }
            runs.append(snapshot)
            if runs.count == Self.runsRead { break }
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
