import Glibc
import Pipeline
import TestSupport
import Testing

/// What a careless or hostile world hands to the binary: an answer each, and nothing runs.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct BadInputIntegrationTests {
    let bench = WeirBench()

    @Test func `twelve faults are listed at once, and nothing runs`() {
        bench.pipeline(
            """
            name: Bad Name
            tiemout: 5s
            timeout: 5
            workers: many
            steps:
              a: {run: 'true', needs: nobody}
              b: {run: 'true', needs: c}
              c: {run: 'true', needs: b}
              d: {run: 'echo ${params.x}'}
              e: {run: 'true', exec: [x]}
              f: {needs: a}
              g: {run: 'true', retry: {attempts: -1}}
              h: {run: 'true', run: 'false'}
              i: &anchor {run: 'true'}
            """
        )
        let run = bench.weir("run")
        #expect(run.code == 2)
        let errors = run.err.split(separator: "\n").filter { $0.contains(": error: ") }
        #expect(errors.count == 12, "\(run.err)")
        #expect(errors.allSatisfy { $0.hasPrefix("weir.yaml:") })
        #expect(run.err.split(separator: "\n").count { $0.hasSuffix("^") } == 12)
        #expect(run.err.contains("nothing was run"))
        #expect(bench.weir("runs").out.hasPrefix("no runs in"))
    }

    @Test func `a missing program is reason launch, with its name`() {
        bench.pipeline("steps: {a: {exec: [frobnicate, x]}}")
        let run = bench.weir("run")
        #expect(run.code == 3)
        #expect(run.out.contains("frobnicate"))
        #expect(bench.weir("show", "last", "--json").out.contains(#""reason":"launch""#))
    }

    @Test func `a state folder that cannot be used says so`() {
        bench.folder.write("file", "")
        bench.environment["WEIR_STATE_DIR"] = bench.folder.path + "/file/state"
        bench.pipeline("steps: {a: {run: 'true'}}")
        let run = bench.weir("run")
        #expect(run.code == 3)
        #expect(run.err.contains("file/state"))
        #expect(run.err.contains("WEIR_STATE_DIR"))
    }

    @Test func `output that is not UTF-8 is kept as it came`() {
        bench.pipeline(#"steps: {a: {run: "printf 'a\\377b'; printf 'c\\377\\n' >&2; exit 1"}}"#)
        let run = bench.weir("run")
        #expect(run.code == 1)
        #expect(run.out.contains("c\u{FFFD}"))
        #expect(bench.weir("show", "last", "--json").out.contains("c\u{FFFD}"))
    }

    @Test func `a step's daemons do not outlive the run`() {
        bench.pipeline(
            "steps: {a: {run: 'sleep 300 & setsid sleep 301 & setsid -f sleep 302; echo $! > pid'}}"
        )
        #expect(bench.weir("run").code == 0)
        for seconds in ["300", "301", "302"] {
            let found = Subprocess(
                ["/usr/bin/pgrep", "-xf", "sleep \(seconds)"],
                environment: [:]
            )
            #expect(found.wait(atMost: .seconds(10)) == 1, "sleep \(seconds) is left")
        }
    }

    @Test func `a damaged journal is shown and not resumed`() throws {
        bench.pipeline("steps: {a: {run: 'echo up > up; sleep 60'}, b: {needs: a, run: 'true'}}")
        let process = bench.startRun(until: "up", contains: "up")
        process.killHard()
        let journal = try #require(bench.files().keys.first { $0.hasSuffix("journal.jsonl") })
        let text = try #require(bench.folder.read(journal))
        bench.folder.write(
            journal,
            text.replacing("step_ready", with: "step_raedy", maxReplacements: 1)
        )
        let resume = bench.weir("resume", "last")
        #expect(resume.code == 3)
        #expect(resume.err.contains("corrupt"))
        #expect(bench.folder.read(journal)?.utf8.count == text.utf8.count)
        #expect(bench.weir("show").code == 0)
    }

    @Test(arguments: [
        ["frob"], ["run", "--frob"], ["run", "a", "b"], ["run", "--progress", "loud"],
        ["run", "--workers", "0"], ["run", "--param", "x"], ["run", "--dry-run"], ["serve"],
        ["show", "--limit"], ["run", "no-such-file.yaml"], ["validate", "/"],
    ])
    func `a call that cannot be meant is exit 2 with a hint`(words: [String]) {
        bench.pipeline("steps: {a: {run: 'true'}}")
        let process = bench.start(words)
        #expect(process.wait(atMost: .seconds(20)) == 2)
        #expect(process.err.hasPrefix("weir"))
        #expect(process.out.isEmpty)
    }

    @Test func `a run that nobody knows names where it was looked for`() {
        let show = bench.weir("show", "abcdef")
        #expect(show.code != 0)
        #expect(show.err.contains(bench.folder.path + "/state/runs"))
    }

    @Test(arguments: [
        "run", "exec", "validate", "plan", "runs", "show", "logs", "cancel", "resume", "schema",
        "version",
    ])
    func `every command has help`(command: String) {
        let help = bench.weir(command, "--help")
        #expect(help.code == 0)
        #expect(help.out.hasPrefix("usage: weir \(command)"))
    }
}
