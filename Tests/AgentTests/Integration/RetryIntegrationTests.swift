import Glibc
import Pipeline
import TestSupport
import Testing

/// Repeating finished runs with the built binary, as a person would.
@Suite(.timeLimit(.minutes(10)))
struct RetryIntegrationTests {
    let bench = WeirBench()

    /// Every step writes its name to `ran`; `load` fails until `fixed` is there.
    init() {
        bench.pipeline(Self.pipeline(report: "echo report >> ran"))
    }

    private static func pipeline(report: String) -> String {
        """
        params: {day: {type: date, default: "2026-01-02"}}
        steps:
          collect:
            run: |
              echo collect >> ran
              echo "count=3" >> "$WEIR_OUTPUT"
              echo data > "$WEIR_DIR/list"
          other: {run: echo other >> ran}
          load:
            needs: collect
            run: |
              echo "load $WEIR_OUT_COLLECT__COUNT $(cat "$WEIR_DIR_COLLECT/list")" >> ran
              [ -e fixed ]
          report: {needs: [load, other], run: '\(report)'}
        """
    }

    /// What ran since the last look.
    private func ran() -> [String] {
        defer { unlink(bench.folder.path + "/ran") }
        let text = bench.folder.read("ran") ?? ""
        return text.split(separator: "\n").map(String.init).sorted()
    }

    private func report(_ run: String = "last") throws -> JSONValue {
        try JSONValue(parsing: Array(bench.weir("show", run, "--json").out.utf8))
    }

    private func failed() throws -> String {
        #expect(bench.weir("run").code == 1)
        #expect(ran() == ["collect", "load 3 data", "other"])
        return try #require(try report()["run"]?.string)
    }

    private var journals: [String: String] {
        bench.files().filter { $0.key.hasSuffix("journal.jsonl") }
    }

    @Test func `only what failed and what follows runs again, the old run stays`() throws {
        let first = bench.weir("run")
        _ = ran()
        #expect(first.out.contains("load and what follows, reusing 2 steps"))
        let old = try #require(try report()["run"]?.string)
        #expect(first.out.contains("again   weir retry \(old.suffix(4))"))
        let before = journals
        bench.folder.write("fixed", "")
        let retry = bench.weir("retry", String(old.suffix(8)))
        #expect(retry.code == 0, "\(retry.out)\(retry.err)")
        #expect(ran() == ["load 3 data", "report"])
        #expect(retry.out.contains("4 ok (2 reused)"))
        let new = try report()
        #expect(new["retry_of"]?.string == old)
        let steps = try #require(new["steps"]?.array)
        #expect(steps.map { $0["reason"]?.string } == ["reused", "reused", "exit", "exit"])
        #expect(steps[0]["outputs"]?["count"]?.string == "3")
        for (path, text) in before { #expect(journals[path] == text, "\(path) has changed") }
        let again = bench.weir("retry", "last")
        #expect(again.code == 2)
        #expect(again.err.contains("nothing to run again"))
        #expect(ran() == [])
    }

    @Test func `a retry of a retry names the run that did the work`() throws {
        let first = try failed()
        #expect(bench.weir("retry", "last").code == 1)
        #expect(ran() == ["load 3 data"])
        bench.folder.write("fixed", "")
        #expect(bench.weir("retry", "last").code == 0)
        #expect(ran() == ["load 3 data", "report"])
        let steps = try #require(try report()["steps"]?.array)
        #expect(steps[0]["reused_from"]?.string == first)
        #expect(try report()["retry_of"]?.string != first)
    }

    @Test func `a step whose folder is gone runs again, and that is said`() throws {
        let old = try failed()
        bench.folder.write("fixed", "")
        let folder = try #require(
            bench.files().keys.first { $0.contains("outputs/") && $0.hasSuffix("/list") }
        )
        unlink(bench.folder.path + "/" + folder)
        rmdir(bench.folder.path + "/" + folder.dropLast("/list".count))
        let retry = bench.weir("retry", old)
        #expect(retry.code == 0, "\(retry.err)")
        #expect(retry.err.contains("step `collect` runs again: its folder"))
        #expect(ran() == ["collect", "load 3 data", "report"])
        rename(bench.folder.path + "/state/outputs", bench.folder.path + "/state/gone")
        let from = bench.weir("retry", "last", "--from", "load")
        #expect(from.code == 2)
        #expect(from.err.contains("`collect` cannot be reused: its folder"))
    }

    @Test func `from a step on, and a step alone`() throws {
        bench.folder.write("fixed", "")
        #expect(bench.weir("run", "--param", "day=2026-05-05").code == 0)
        _ = ran()
        #expect(bench.weir("retry", "last", "--from", "load").code == 0)
        #expect(ran() == ["load 3 data", "report"])
        let only = bench.weir("retry", "last", "--only", "load")
        #expect(only.code == 0)
        #expect(ran() == ["load 3 data"])
        #expect(only.out.contains("2 ok (1 reused) · 2 left out"))
        #expect(only.out.contains("report skipped (only load was asked for)"))
        #expect(bench.weir("retry", "last", "--only", "report").err.contains("`other`"))
        #expect(bench.weir("retry", "last", "--only", "lod").err.contains("did you mean `load`?"))
        #expect(bench.weir("retry", "last", "--only", "a", "--from", "b").code == 2)
        #expect(ran() == [])
    }

    @Test func `run --from goes on from the last run with today's file`() throws {
        #expect(bench.weir("run", "--from", "load").err.contains("has not run before"))
        bench.folder.write("fixed", "")
        #expect(bench.weir("run", "--param", "day=2026-05-05").code == 0)
        let old = try report()["run"]?.string
        _ = ran()
        bench.pipeline(Self.pipeline(report: "echo new $WEIR_PARAM_DAY >> ran"))
        #expect(bench.weir("run", "--from", "report").code == 0)
        #expect(ran() == ["new 2026-05-05"])
        #expect(try report()["retry_of"]?.string == old)
        let changed = bench.weir("run", "--from", "report", "--param", "day=2026-06-06")
        #expect(changed.code == 2)
        #expect(changed.err.contains("parameter `day` was `2026-05-05`"))
        // A step that would be reused is another one now.
        bench.pipeline(Self.pipeline(report: "true").replacing("count=3", with: "count=4"))
        let other = bench.weir("run", "--from", "report")
        #expect(other.code == 2)
        #expect(other.err.contains("`collect` cannot be reused: the file has another step"))
        #expect(ran() == [])
        #expect(bench.weir("run", "--from", "collect").code == 0)
        #expect(ran() == ["collect", "load 4 data"])
    }

    @Test func `what has not finished is resumed, not repeated`() throws {
        bench.pipeline("steps: {a: {run: 'echo up > up; sleep 60'}}")
        let process = bench.startRun(until: "up", contains: "up")
        #expect(bench.weir("retry", "last").err.contains("is being run by process \(process.pid)"))
        process.killHard()
        #expect(process.wait(atMost: .seconds(10)) != nil)
        let retry = bench.weir("retry", "last")
        #expect(retry.code == 3)
        #expect(retry.err.contains("`weir resume "))
        #expect(journals.count == 1)
    }

    @Test func `killed in the middle, a retry goes on without the old run's folder`() throws {
        let old = try failed()
        bench.folder.write("fixed", "")
        let process = bench.start(["retry", old, "--progress", "none"])
        // `load` of the retry has begun.
        while !(bench.folder.read("ran") ?? "").contains("load") {
            try #require(process.wait(atMost: .milliseconds(1)) == nil)
        }
        process.killHard()
        _ = process.wait(atMost: .seconds(10))
        let folder = bench.folder.path + "/state/runs/\(old)"
        try #require(rename(folder, bench.folder.path + "/elsewhere") == 0)
        let resume = bench.weir("resume", "last")
        #expect(resume.code == 0, "\(resume.out)\(resume.err)")
        #expect(Set(ran()) == ["load 3 data", "report"])
        #expect(try report()["retry_of"]?.string == old)
    }

    @Test func `secrets are read anew, and parameters are those of the run`() throws {
        bench.pipeline(
            """
            secrets: [KEY]
            params: {who: {type: string}}
            steps:
              a: {run: 'echo "last=$KEY and second-longer-value" >> "$WEIR_OUTPUT"', secrets: [KEY]}
              b: {needs: a, secrets: [KEY], run: 'echo "$WEIR_PARAM_WHO ${#KEY} $WEIR_OUT_A__LAST"; [ -e go ]'}
            """
        )
        bench.environment["KEY"] = "first-value"
        #expect(bench.weir("run", "--param", "who=you").code == 1)
        bench.folder.write("go", "")
        bench.environment["KEY"] = nil
        #expect(bench.weir("retry", "last").err.contains("secret `KEY`: not found"))
        bench.environment["KEY"] = "second-longer-value"
        #expect(bench.weir("retry", "last").code == 0)
        #expect(bench.weir("logs", "last", "b").out == "you 19 *** and ***\n")
        let journal = try #require(journals.max { $0.key < $1.key }?.value)
        #expect(journal.contains("*** and ***"), "a secret of now stands in an output of then")
        #expect(!bench.files().values.contains { $0.contains("first-value") })
    }

    @Test func `a trace links the retry to what it repeats`() throws {
        let collector = try LoopbackCollector()
        let bench = WeirBench(endpoint: collector.endpoint)
        bench.pipeline("steps: {a: {run: 'true'}, b: {needs: a, run: '[ -e go ]'}}")
        #expect(bench.weir("run").code == 1)
        bench.folder.write("go", "")
        let retry = bench.weir("retry", "last")
        #expect(retry.out.contains("spans: 4 accepted"))
        let verdict = try OTLPChecker.check(collector.bodiesFile, ["--expect-runs", "2"])
        #expect(verdict.isAccepted, "\(verdict.findings)")
        let bodies = collector.bodies().joined()
        #expect(bodies.contains(#""key":"weir.retry_of""#))
        #expect(bodies.components(separatedBy: #""links":[{"traceId""#) == 3)
    }
}

extension String {
    /// How many pieces `separator` cuts it into.
    fileprivate func components(separatedBy separator: String) -> Int {
        split(separator: separator, omittingEmptySubsequences: false).count
    }
}
