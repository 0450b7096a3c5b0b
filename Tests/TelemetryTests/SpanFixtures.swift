import Pipeline
import Telemetry
import TestSupport
import Testing

extension RunScript {
    /// Begins with a `run_started` that says where the spans belong.
    static func traced(
        steps: Int = 1,
        trace: TraceContext = TraceContext(run: RunScript.run),
        limits: SpanLimits = SpanLimits(),
        retryOf source: LinkedRun? = nil,
        finally finalSteps: [String] = []
    ) -> RunScript {
        var started = makeStart(run: RunScript.run, pipeline: "daily-reports")
        started.stepCount = steps
        started.trace = trace
        started.spanLimits = limits
        started.retryOf = source
        started.finalSteps = finalSteps
        started.isExported = true
        started.resource = [
            ResourceAttribute("process.pid", 42),
            ResourceAttribute("service.name", "weir"),
            ResourceAttribute("telemetry.sdk.version", "0.1.0"),
        ]
        var script = RunScript()
        script.add(0, .runStarted(started))
        return script
    }

    var spans: [FinishedSpan] { SpanFold.spans(of: events) }

    /// The request that carries all its spans.
    func document() throws -> [UInt8] {
        guard case .runStarted(let started) = events.first?.event else { return [] }
        let resource = OTLPResource(started.resource)
        var builder = OTLPBatchBuilder()
        for span in spans {
            #expect(builder.add(span, of: resource) == .added)
        }
        let batch = builder.take()
        return try #require(batch).bytes
    }
}

extension AttemptEnd {
    static func success(usage: ResourceUsage? = .make()) -> AttemptEnd {
        AttemptEnd(.success, exitCode: 0, usage: usage, executable: "/usr/bin/bash")
    }

    static func failure(_ code: Int32 = 2, tail: [String] = []) -> AttemptEnd {
        AttemptEnd(
            .exit,
            exitCode: code,
            usage: .make(),
            executable: "bash",
            tail: tail.isEmpty ? nil : OutputTail(lines: tail, totalLines: tail.count)
        )
    }
}

extension ResourceUsage {
    static func make(peakMemory: Int64? = 12_582_912) -> ResourceUsage {
        ResourceUsage(
            userCPU: .microseconds(120_500),
            systemCPU: .milliseconds(30),
            peakMemory: peakMemory,
            peakMemoryFloor: 8_388_608,
            bytesRead: 4_096,
            bytesWritten: 0,
            voluntarySwitches: 7,
            involuntarySwitches: 1
        )
    }
}
