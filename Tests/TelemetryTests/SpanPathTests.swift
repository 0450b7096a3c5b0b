import Pipeline
import Telemetry
import Testing

struct SpanPathTests {
    @Test(
        arguments: [
            (.run, "run"),
            (.step("load"), "step/load"),
            (.attempt(AttemptRef(step: "load", number: 3)), "step/load/attempt/3"),
            (.attempt(AttemptRef(step: "load", part: .condition, number: 1)), "step/load/if"),
            (.attempt(AttemptRef(step: "load", part: .condition, number: 2)), "step/load/if/2"),
            (.wait(step: "load", number: 1), "step/load/wait/1"),
        ] as [(SpanPath, String)]
    )
    func `writes the path as the design says`(path: SpanPath, text: String) {
        #expect(path.text == text)
    }

    /// The expected values come from another implementation: `printf … | xxd -r -p | sha256sum`.
    @Test(
        arguments: [
            (.run, "ec959624c2983eb9"),
            (.step("load"), "d906f5b8ebb4ee70"),
            (.attempt(AttemptRef(step: "load", number: 3)), "221500088962887b"),
        ] as [(SpanPath, String)]
    )
    func `derives the id from the run's bytes and the path`(path: SpanPath, id: String) throws {
        let run = try #require(RunID(hex: "019a5f3c2b1e4d7f8a9b0c1d2e3f4a5b"))
        #expect(path.spanID(in: run).description == id)
    }
}
