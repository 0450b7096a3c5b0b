import Glibc
import Pipeline
import TestSupport
import Testing

/// `cache:` with the built binary, as a person would use it.
@Suite(.timeLimit(.minutes(10)))
struct CacheIntegrationTests {
    let bench = WeirBench()

    init() {
        bench.folder.write("in.csv", "1")
        bench.pipeline(Self.pipeline())
    }

    private static func pipeline(text: String = "a", ttl: String = "1h") -> String {
        """
        params: {who: {type: string, default: you}}
        steps:
          first: {run: 'echo "n=$(cat n 2> none || echo 1)" >> "$WEIR_OUTPUT"'}
          slow:
            needs: first
            cache: {inputs: ["*.csv", "src/**"], ttl: \(ttl)}
            run: |
              echo slow >> ran
              echo "count=$(cat in.csv) \(text)" >> "$WEIR_OUTPUT"
              cp in.csv "$WEIR_DIR/copy"
          last: {needs: slow, run: 'echo "$WEIR_OUT_SLOW__COUNT $(cat "$WEIR_DIR_SLOW/copy")" > got'}
        """
    }

    /// How often `slow` ran in a run with these words.
    private func run(_ words: String...) throws -> Int {
        unlink(bench.folder.path + "/ran")
        let process = bench.start(["run"] + words)
        let code = process.wait(atMost: .seconds(60))
        #expect(code == 0, "\(process.out)\(process.err)")
        return (bench.folder.read("ran") ?? "").count { $0 == "\n" }
    }

    private func slow() throws -> JSONValue {
        let shown = bench.weir("show", "last", "--json").out
        let report = try JSONValue(parsing: Array(shown.utf8))
        return try #require(report["steps"]?.array?[1])
    }

    @Test func `what was done with the same is not done again`() throws {
        #expect(try run() == 1)
        let first = bench.folder.read("got")
        unlink(bench.folder.path + "/got")
        #expect(try run() == 0)
        #expect(bench.folder.read("got") == first)
        #expect(first == "1 a 1\n")
        let step = try slow()
        #expect(step["reason"]?.string == "cache_hit")
        #expect(step["result"]?.string == "success")
        #expect(step["attempts"] == nil)
        #expect(step["reused_from"]?.string != nil)
        #expect(bench.weir("show", "last").out.contains("slow"))
        #expect(try run("--no-cache") == 1)
    }

    @Test func `whatever it depends on makes it run again`() throws {
        #expect(try run() == 1)
        bench.folder.write("in.csv", "2")
        #expect(try run() == 1, "an input")
        #expect(bench.folder.read("got") == "2 a 2\n")
        #expect(try run("--param", "who=me") == 1, "a parameter")
        bench.folder.write("n", "7")
        #expect(try run() == 1, "an output of a need")
        mkdir(bench.folder.path + "/src", 0o700)
        bench.folder.write("src/new", "")
        #expect(try run() == 1, "a file more")
        bench.pipeline(Self.pipeline(text: "b"))
        #expect(try run() == 1, "the script")
        #expect(try run() == 0)
        // Weir's own environment does not count.
        bench.environment["LC_ALL"] = "C"
        #expect(try run() == 0)
        bench.pipeline("env: {LEVEL: 2}\n" + Self.pipeline(text: "b"))
        #expect(try run() == 1, "a variable")
    }

    @Test func `an entry that is old, or whose folder is gone, is none`() throws {
        bench.pipeline(Self.pipeline(ttl: "1ms"))
        #expect(try run() == 1)
        #expect(try run() == 1)
        bench.pipeline(Self.pipeline())
        #expect(try run() == 0, "the ttl is not what it depends on")
        let outputs = bench.folder.path + "/state/outputs"
        rename(outputs, outputs + "-gone")
        #expect(try run() == 1)
    }

    @Test func `a step that fails, or whose files change meanwhile, is not kept`() throws {
        bench.pipeline(
            """
            steps:
              fails: {cache: {}, allow_failure: true, run: 'echo f >> failed; exit 1'}
              moves: {cache: {inputs: in.csv}, run: 'echo m >> moved; date +%N >> in.csv'}
            """
        )
        let first = bench.weir("run")
        #expect(first.code == 0)
        #expect(first.err.contains("step `moves` is not cached: its files changed meanwhile"))
        #expect(bench.weir("run").code == 0)
        #expect(bench.folder.read("failed") == "f\nf\n")
        #expect(bench.folder.read("moved") == "m\nm\n")
    }

    @Test func `too many inputs are said, and the step runs`() throws {
        bench.pipeline("steps: {a: {cache: {inputs: 'many/*'}, run: echo a >> ran}}")
        mkdir(bench.folder.path + "/many", 0o700)
        for number in 0...10_000 { bench.folder.write("many/\(number)", "") }
        let first = bench.weir("run")
        #expect(first.code == 0)
        #expect(first.err.contains("step `a` is not cached: more than 10000 files match"))
        #expect(try run() == 1)
    }

    @Test func `a secret is in no key, and another one makes it run again`() throws {
        bench.pipeline(
            """
            secrets: [KEY]
            steps: {a: {cache: {}, secrets: [KEY], run: 'echo a >> ran; echo "k=$KEY" >> "$WEIR_OUTPUT"'}}
            """
        )
        bench.environment["KEY"] = "first-value"
        #expect(try run() == 1)
        #expect(try run() == 0)
        bench.environment["KEY"] = "other-value"
        #expect(try run() == 1)
        #expect(!bench.files().values.contains { $0.contains("first-value") })
    }

    @Test func `killed after a hit or amid a miss, a run goes on`() throws {
        bench.pipeline(
            """
            steps:
              a: {cache: {}, run: 'echo a >> ran; echo "k=1" >> "$WEIR_OUTPUT"; echo d > "$WEIR_DIR/f"'}
              b: {needs: a, run: 'echo $WEIR_OUT_A__K $(cat "$WEIR_DIR_A/f") >> got; [ -e go ] || sleep 60'}
            """
        )
        bench.folder.write("go", "")
        #expect(try run() == 1)
        unlink(bench.folder.path + "/go")
        unlink(bench.folder.path + "/got")
        unlink(bench.folder.path + "/ran")
        let process = bench.startRun(until: "got", contains: "1 d")
        process.killHard()
        _ = process.wait(atMost: .seconds(10))
        bench.folder.write("go", "")
        let resume = bench.weir("resume", "last")
        #expect(resume.code == 0, "\(resume.err)")
        #expect(bench.folder.read("ran") == nil)
        #expect(bench.folder.read("got") == "1 d\n1 d\n")
    }
}
