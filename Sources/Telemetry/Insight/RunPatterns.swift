import Pipeline

/// What the runs of a pipeline have in common, as wholes.
struct RunPatterns {
    let latest: RunSnapshot
    /// Newest first; the latest among them.
    let runs: [RunSnapshot]

    /// Fewer may be chance.
    private static let runsMin = 3
    /// Five runs before give a median that one odd run does not move.
    private static let pastMin = 5
    /// Of shorter runs nobody minds the time.
    private static let longRun = Duration.seconds(10)

    var hints: [Hint] {
        [slowerThanUsual, workersShort, oneStepDominates, workersIdle].compactMap(\.self)
    }

    private var wall: Duration { latest.elapsed() ?? .zero }

    private var slowerThanUsual: Hint? {
        guard latest.outcome?.result == .success, wall >= Self.longRun else { return nil }
        let past = runs.dropFirst().filter { $0.outcome?.result == .success }
            .compactMap { $0.elapsed() }.sorted()
        guard past.count >= Self.pastMin else { return nil }
        let usual = past[past.count / 2]
        guard wall.seconds > usual.seconds * 2 else { return nil }
        let slowest = latest.criticalPath?.steps.joined(separator: " > ") ?? ""
        return Hint(
            kind: .slowerThanUsual,
            text: "took \(HumanText.duration(wall)), usually \(HumanText.duration(usual)); the "
                + "steps that decided it: \(slowest)"
        )
    }

    private var workersShort: Hint? {
        guard wall >= Self.longRun, let workers = latest.started?.workers else { return nil }
        let accounts = latest.accounts()
        let waited = workerWait(of: latest)
        guard waited.seconds >= wall.seconds * 0.25, (accounts.parallelEfficiency ?? 0) >= 0.7
        else { return nil }
        return Hint(
            kind: .workersShort,
            text: "steps waited \(HumanText.duration(waited)) for a worker, all "
                + "\(HumanText.count(workers, "worker")) busy: more `workers` may help"
        )
    }

    /// From ready to the first attempt, over all steps that ran.
    private func workerWait(of run: RunSnapshot) -> Duration {
        run.steps.reduce(.zero) { sum, step in
            guard let ready = step.readyAt, let start = step.startedAt else { return sum }
            return sum + max(.zero, start - ready)
        }
    }

    private var oneStepDominates: Hint? {
        guard wall >= Self.longRun, latest.steps.count > 2 else { return nil }
        let recent = runs.prefix(Self.runsMin)
        guard recent.count == Self.runsMin else { return nil }
        let names = recent.map { run in
            run.steps.max { time(of: $0) < time(of: $1) }
                .flatMap { step in
                    time(of: step).seconds >= (run.elapsed()?.seconds ?? 0) * 0.6 ? step.name : nil
                }
        }
        guard let name = names[0], names.allSatisfy({ $0 == name }), let step = latest.step(name)
        else { return nil }
        let share = HumanText.percent(time(of: step).seconds / wall.seconds)
        return Hint(
            kind: .oneStepDominates,
            step: name,
            text: "takes \(share) of the run's time: dividing it is what would make runs shorter"
        )
    }

    private func time(of step: StepSnapshot) -> Duration {
        guard let start = step.startedAt, let end = step.endedAt else { return .zero }
        return max(.zero, end - start)
    }

    private var workersIdle: Hint? {
        let recent = runs.prefix(Self.runsMin)
        guard recent.count == Self.runsMin, let workers = latest.started?.workers, workers >= 4,
            latest.steps.allSatisfy({ $0.attemptsDropped == 0 })
        else { return nil }
        let peak = recent.map(busyAtOnce).max() ?? 0
        guard peak > 0, peak * 2 <= workers else { return nil }
        return Hint(
            kind: .workersIdle,
            text: "never more than \(peak) of \(workers) workers were busy at once: "
                + "`workers: \(peak)` would do"
        )
    }

    /// The most attempts that ran at the same time.
    private func busyAtOnce(_ run: RunSnapshot) -> Int {
        var changes: [(at: Timestamp, by: Int)] = []
        for attempt in run.steps.flatMap(\.attempts) {
            guard let end = attempt.endedAt else { continue }
            changes.append((attempt.startedAt, 1))
            changes.append((end, -1))
        }
        // An attempt that ends when another starts makes room for it.
        changes.sort { ($0.at, $0.by) < ($1.at, $1.by) }
        var (now, most) = (0, 0)
        for change in changes {
            now += change.by
            most = max(most, now)
        }
        return most
    }
}
