import Pipeline
import Telemetry
import TestSupport
import Testing

/// What the specification says of samplers beyond their verdict (trace SDK, built-in samplers).
struct SamplerConformanceTests {
    private static let rest =
        "remoteParentSampled:AlwaysOnSampler,remoteParentNotSampled:AlwaysOffSampler,"
        + "localParentSampled:AlwaysOnSampler,localParentNotSampled:AlwaysOffSampler}"

    @Test(
        arguments: [
            (.alwaysOn, "AlwaysOnSampler"),
            (.alwaysOff, "AlwaysOffSampler"),
            (.traceIDRatio(0.0001), "TraceIdRatioBased{0.000100}"),
            (.traceIDRatio(0.25), "TraceIdRatioBased{0.250000}"),
            (.traceIDRatio(1), "TraceIdRatioBased{1.000000}"),
            (.traceIDRatio(.nan), "TraceIdRatioBased{0.000000}"),
            (.traceIDRatio(-3), "TraceIdRatioBased{0.000000}"),
            (.traceIDRatio(.infinity), "TraceIdRatioBased{1.000000}"),
            (.standard, "ParentBased{root:AlwaysOnSampler," + rest),
            (
                .parentBased(root: .traceIDRatio(0.5)),
                "ParentBased{root:TraceIdRatioBased{0.500000}," + rest
            ),
        ] as [(Sampler, String)]
    )
    func `has the description that others expect`(sampler: Sampler, description: String) {
        #expect(sampler.description == description)
    }

    /// Whoever decides by the probability rule decides alike: th:8 is one half.
    @Test(
        arguments: [
            // Threshold of the ratio as `ot=th:` writes it, and randomness around it.
            (0.5, UInt64(0x80_0000_0000_0000)), (0.25, 0xc0_0000_0000_0000),
            (0.125, 0xe0_0000_0000_0000), (0.75, 0x40_0000_0000_0000),
        ]
    )
    func `samples from the threshold on`(ratio: Double, threshold: UInt64) {
        for high in [UInt64(0), 0xff00_0000_0000_0000] {
            let at = TraceID(high: 1, low: high | threshold)
            let below = TraceID(high: .max, low: high | (threshold - 1))
            #expect(Sampler.traceIDRatio(ratio).isSampled(at, parent: nil))
            #expect(!Sampler.traceIDRatio(ratio).isSampled(below, parent: nil))
        }
    }

    @Test func `a higher ratio samples all that a lower one does`() {
        var random = SeededRandom(seed: 41)
        let ratios = [0, 1e-9, 0.001, 0.1, 0.3, 0.5, 0.9, 0.999_999, 1]
        for _ in 0..<5_000 {
            let trace = TraceID(high: random.next(), low: random.next())
            let verdicts = ratios.map { Sampler.traceIDRatio($0).isSampled(trace, parent: nil) }
            let first = verdicts.firstIndex(of: true) ?? verdicts.count
            #expect(verdicts[first...].allSatisfy { $0 })
        }
    }

    @Test(arguments: [UInt8(0), 1])
    func `a ratio alone asks no parent`(flags: UInt8) {
        let trace = TraceID(high: 1, low: 1)
        let parent = TraceParent(traceID: trace, spanID: SpanID(1), flags: flags)
        #expect(!Sampler.traceIDRatio(0.5).isSampled(trace, parent: parent))
        #expect(Sampler.traceIDRatio(1).isSampled(trace, parent: parent))
    }

    @Test(arguments: [UInt8(0), 1, 2, 3])
    func `a verdict of ours changes one bit of what is handed on`(flags: UInt8) {
        let parent = "00-\(TraceContextCase.trace)-\(TraceContextCase.span)-0\(flags)"
        let incoming = IncomingContext(
            propagators: [.traceContext],
            environment: ["TRACEPARENT": parent, "TRACESTATE": "vendor=1"]
        )
        for (sampler, bit) in [(Sampler.alwaysOn, UInt8(1)), (.alwaysOff, 0)] {
            let context = TraceContext(run: RunScript.run, incoming: incoming, sampler: sampler)
            #expect(context.flags == flags & 2 | bit, "the random bit stays")
            #expect(context.state == "vendor=1")
            let out = context.variables(for: SpanID(1), propagators: [.traceContext])
            #expect(out.map(\.0) == ["TRACEPARENT", "TRACESTATE"])
        }
    }
}
