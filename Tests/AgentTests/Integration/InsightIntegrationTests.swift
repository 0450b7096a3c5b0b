import Pipeline
import TestSupport
import Testing

/// What runs say in the light of those before them, as a person meets it.
@Suite(.timeLimit(.minutes(2)))
struct InsightIntegrationTests {
    let bench = WeirBench()

    @Test func `a step that always fails and may is pointed out, from the third run on`() throws {
        bench.pipeline(
            "name: nightly\nsteps: {flaky: {run: exit 7, allow_failure: true}, a: {run: 'true'}}"
        )
        bench.folder.write("other.yaml", "name: other\nsteps: {flaky: {run: 'true'}}\n")
        let words = "hint  flaky has failed in all 3 runs"
        #expect(!bench.weir("run").out.contains("hint"))
        #expect(!bench.weir("run").out.contains("hint"))
        #expect(!bench.weir("run", "other.yaml").out.contains("hint"))
        let third = bench.weir("run")
        #expect(third.code == 0)
        #expect(third.out.contains(words), "\(third.out)")
        #expect(bench.weir("show", "nightly").out.contains(words))
        #expect(!bench.weir("show", "other").out.contains("hint"))
        let shown = try JSONValue(parsing: Array(bench.weir("show", "nightly", "--json").out.utf8))
        #expect(shown["hints"]?.array?.map { $0["kind"]?.string } == ["always_fails"])
        let id = try #require(shown["run"]?.string)
        let report = try #require(bench.folder.read("state/runs/\(id)/report.json"))
        #expect(try JSONValue(parsing: Array(report.utf8))["hints"] == shown["hints"])
    }
}
