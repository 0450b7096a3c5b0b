import Glibc
import Pipeline
import TestSupport
import Testing

/// `--json` prints one JSON value and nothing else, whatever the command.
@Suite(.timeLimit(.minutes(5)))
struct JSONOutputIntegrationTests {
    let bench = WeirBench()

    /// The one value, as two readers that know nothing of each other take it.
    private func value(_ words: [String], code wanted: Int32 = 0) throws -> JSONValue {
        let process = bench.start(words + ["--json"])
        let code = process.wait(atMost: .seconds(60))
        #expect(code == wanted, "\(words): \(process.err)")
        let path = "out.json"
        bench.folder.write(path, process.out)
        let other = Subprocess(
            ["python3", "-m", "json.tool", path],
            environment: bench.environment,
            directory: bench.folder.path
        )
        #expect(other.wait(atMost: .seconds(60)) == 0, "\(words): \(other.err)")
        return try JSONValue(parsing: Array(process.out.utf8))
    }

    @Test func `every command that prints something prints it as JSON`() throws {
        bench.pipeline("{name: nightly, steps: {a: {run: echo a}}}")
        #expect(try value(["run"])["result"]?.string == "success")
        #expect(try value(["retry", "last", "--from", "a"])["result"]?.string == "success")
        #expect(try value(["resume", "last"])["pipeline"]?.string == "nightly")
        #expect(try value(["runs"]).array?.count == 2)
        #expect(try value(["runs", "--limit", "1"]).array?.count == 1)
        #expect(try value(["show"])["result"]?.string == "success")
        #expect(try value(["explain"])["headline"]?.string != nil)
        #expect(try value(["plan"])["name"]?.string == "nightly")
        #expect(try value(["validate"])["valid"]?.boolean == true)
        #expect(try value(["top"])["runs"]?.array?.isEmpty == true)
        #expect(try value(["gc", "--dry-run"])["deleted"]?.array?.isEmpty == true)
        #expect(try value(["version"])["version"]?.string != nil)
        #expect(try value(["completions", "bash"]).string?.contains("complete -F") == true)
        let candidates = try value(["completions", "--candidates", "runs"]).array
        #expect(candidates?.first?["name"]?.string == "last")
        bench.environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:1"
        let unsent = try value(["export", "last", "--timeout", "100ms"], code: 1)
        #expect(unsent["complete"]?.boolean == false)
    }

    @Test func `a run that fails, one that is skipped and one that is ended say so as JSON`() throws
    {
        bench.pipeline("{name: bad, steps: {a: {run: exit 3}}}")
        #expect(try value(["run"], code: 1)["result"]?.string == "failure")
        bench.folder.write("wrong.yaml", "steps: {a: {run: x, neds: b}}\n")
        let wrong = try value(["validate", "wrong.yaml"], code: 2)
        #expect(wrong["valid"]?.boolean == false && wrong["pipeline"] == nil)
        let found = wrong["diagnostics"]?.array?.first
        #expect(
            found?["line"] == .integer(1) && found?["advice"]?.string == "did you mean `needs`?"
        )
        #expect(bench.weir("run", "--json", "--progress", "plain").code == 2)
        #expect(bench.weir("retry", "last", "--json", "--progress", "none").code == 2)
        bench.pipeline("{name: slow, steps: {a: {run: 'echo up >> up; sleep 60'}}}")
        let run = bench.startRun(until: "up", contains: "up")
        #expect(try value(["run", "--overlap", "skip"])["skipped"]?.boolean == true)
        let asked = try value(["cancel", "slow"])
        #expect(asked["pid"]?.integer == Int64(run.pid))
        #expect(run.wait(atMost: .seconds(60)) == 130)
    }

    @Test func `a stream is JSON lines`() throws {
        bench.pipeline("steps: {a: {run: 'echo one; echo two'}}")
        let progress = bench.weir("run", "--progress", "json").out
        let logs = bench.weir("logs", "--json").out
        for stream in [progress, logs] {
            let lines = stream.split(separator: "\n")
            #expect(lines.count >= 2)
            for line in lines { _ = try JSONValue(parsing: Array(line.utf8)) }
        }
    }
}
