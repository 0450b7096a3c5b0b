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

    @Test func `the id of every path is the hash of its text, however long`() {
        let run = RunID(high: 0x0123_4567_89AB_CDEF, low: 0xFEDC_BA98_7654_3210)
        for length in 1...80 {
            let step = String(repeating: "é", count: length / 2) + "x"
            let parts: [StepPart] = [.main, .condition, .compensation]
            var paths = [SpanPath.run, .step(step), .wait(step: step, number: length)]
            for part in parts {
                paths += [1, 2, .max].map {
                    .attempt(AttemptRef(step: step, part: part, number: $0))
                }
            }
            for path in paths {
                for isFinal in [false, true] {
                    let message = run.bytes + Array(path.text(isFinal: isFinal).utf8)
                    let id = path.spanID(in: run, isFinal: isFinal)
                    #expect(id.value == SHA256Digest(of: message).leading(0), "\(path)")
                }
            }
        }
    }
}
