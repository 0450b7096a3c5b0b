import Glibc
import Pipeline
import TestSupport
import Testing

/// G1 and G2 of a run that repeats another one: killed wherever it is, it goes on, and what was
/// reused never runs.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct RetryKillTests {
    @Test func `survives a kill at every write, sync and rename`() throws {
        var boundary = 0
        var begun = 0
        var finished = false
        while !finished {
            boundary += 1
            try #require(boundary < 1_000, "the fail point is never passed")
            let bench = try RetryBench()
            let status = bench.retry(failPoint: boundary)
            finished = status == 0
            let isBegun = bench.newRun != nil
            if isBegun { begun += 1 }
            #expect(bench.goOn() == 0, "killed at boundary \(boundary)")
            #expect(bench.fault() == nil, "killed at boundary \(boundary)")
        }
        print("killed a retry at \(boundary - 1) boundaries, \(begun) times after its beginning")
        #expect(boundary > 30 && begun > 10 && begun < boundary)
    }
}

/// A run that failed at its second step, which would succeed now.
private final class RetryBench {
    let bench = WeirBench()
    private let old: String
    private let journal: String?

    init() throws {
        bench.pipeline(
            """
            steps:
              first:
                run: |
                  echo first >> ran
                  for n in 1 2 3; do echo "k$n=$n" >> "$WEIR_OUTPUT"; done
                  echo data > "$WEIR_DIR/f"
              second:
                needs: first
                run: |
                  echo "second $WEIR_OUT_FIRST__K3 $(cat "$WEIR_DIR_FIRST/f")" >> ran
                  [ -e go ]
              third: {needs: second, run: echo third >> ran}
            """
        )
        #expect(bench.weir("run", "--progress", "none").code == 1)
        let shown = try JSONValue(parsing: Array(bench.weir("show", "last", "--json").out.utf8))
        old = try #require(shown["run"]?.string)
        journal = bench.folder.read("state/runs/\(old)/journal.jsonl")
        bench.folder.write("go", "")
    }

    func retry(failPoint: Int) -> Int32? {
        bench.environment["WEIR_FAIL_POINT"] = String(failPoint)
        defer { bench.environment["WEIR_FAIL_POINT"] = nil }
        return bench.start(["retry", old, "--progress", "none"]).wait(atMost: .seconds(60))
    }

    /// A beginning that did not come about is asked for again.
    func goOn() -> Int32 {
        guard let run = newRun else { return bench.weir("retry", old, "--progress", "none").code }
        return bench.weir("resume", run, "--progress", "none").code
    }

    var newRun: String? {
        bench.files().keys.lazy.compactMap { path -> String? in
            let parts = path.split(separator: "/")
            guard parts.count == 4, parts[3] == "journal.jsonl", RunID(hex: "\(parts[2])") != nil
            else { return nil }
            return "\(parts[2])"
        }.first { $0 != self.old }
    }

    func fault() -> String? {
        guard bench.folder.read("state/runs/\(old)/journal.jsonl") == journal else {
            return "the old run has changed"
        }
        let ran = (bench.folder.read("ran") ?? "").split(separator: "\n")
        guard ran.count(where: { $0 == "first" }) == 1 else { return "the first step ran again" }
        guard ran.contains("third") else { return "the third step did not run" }
        guard ran.filter({ $0.hasPrefix("second") }).allSatisfy({ $0 == "second 3 data" }) else {
            return "the second step did not get what the first one left: \(ran)"
        }
        guard let run = newRun, let text = bench.folder.read("state/runs/\(run)/journal.jsonl")
        else { return "there is no new run" }
        let reuses = text.split(separator: "\n").count { $0.contains(#""type":"output_reused""#) }
        return reuses == 3 ? nil : "\(reuses) outputs stand in the new run's journal"
    }
}
