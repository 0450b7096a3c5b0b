import CLinux
import Glibc
import Pipeline

extension RunFolder {
    /// What decides whether the run stays; `nil` when it is gone.
    package func facts() -> RunFacts? {
        do throws(StateError) {
            let summary = try summary()
            var facts = RunFacts(id, summary.stateForRetention, bytes: diskUsage(of: path))
            facts.isLocked = try ownerPID() != nil
            facts.isUnsent = try isUnsent
            if summary.started.request != nil {
                facts.answersUntil = id.startedAt + RequestIndex.age
            }
            return facts
        } catch {
            if case .noSuchRun = error { return nil }
            return RunFacts(id, .unreadable(error.description), bytes: diskUsage(of: path))
        }
    }

    /// Whether nothing stands under the run's id any more: it was deleted after it was listed.
    package var isGone: Bool {
        var status = stat()
        return unsafe lstat(path, &status) != 0 && errno == ENOENT
    }
}

extension StateFolder {
    /// The runs whose work these go back to, by their own journals.
    func sources(of runs: [RunID]) -> Set<RunID> {
        var sources: Set<RunID> = []
        for id in runs {
            _ = try? run(id).events { event in
                guard case .known(let recorded) = event,
                    case .stepReused(_, let source) = recorded.event
                else { return }
                sources.insert(source.from.run)
            }
        }
        return sources
    }
}

extension RunSummary {
    fileprivate var stateForRetention: RunFacts.State {
        switch state {
        case .finished: .finished(at: lastEventAt)
        case .running: .running
        case .interrupted: .interrupted
        }
    }
}
