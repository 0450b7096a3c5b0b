import Pipeline
import TestSupport
import Testing

/// What the collector must hold in the end.
struct TraceAccount {
    /// By run, by step: attempts of the step's own command.
    private var attempts: [String: [String: Int64]] = [:]

    var runs: Int { attempts.count }

    mutating func add(_ bench: KillBench) {
        guard let run = bench.runID else { return }
        var counts: [String: Int64] = [:]
        for case .attemptFinished(let attempt, _) in bench.events where attempt.part == .main {
            counts[attempt.step, default: 0] += 1
        }
        attempts[run] = counts
    }

    /// One root a run, no orphan, no id with two contents, the right attempts.
    func check(_ collector: LoopbackCollector) throws {
        let verdict = try OTLPChecker.check(
            collector.bodiesFile,
            ["--expect-runs", String(runs), "--json"]
        )
        let summary = try JSONValue(parsing: Array(verdict.findings.utf8))
        #expect(verdict.isAccepted, "\(summary["findings"] ?? .null)")
        for (run, counts) in attempts {
            let sent = summary["runs"]?[run]?["attempts"]
            for (step, count) in counts {
                #expect(sent?[step]?.integer == count, "attempts of \(step) in run \(run)")
            }
        }
    }
}
