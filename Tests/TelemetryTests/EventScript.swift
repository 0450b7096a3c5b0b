import Pipeline

/// A list of events written by hand: each call adds one, at so many milliseconds after the start.
struct EventScript {
    private(set) var events: [RecordedEvent] = []

    static let start = Timestamp(nanoseconds: 1_767_225_600_000_000_000)
    static let run = RunID(high: 0x019b_7740_b400_0123, low: 0x4567_89ab_cdef_0001)

    init() {}

    init(_ started: RunStarted) {
        add(0, .runStarted(started))
    }

    static func instant(_ milliseconds: Int) -> Timestamp {
        start + .milliseconds(milliseconds)
    }

    mutating func add(_ milliseconds: Int, _ event: RunEvent) {
        events.append(
            RecordedEvent(
                sequence: UInt64(events.count + 1),
                at: EventScript.instant(milliseconds),
                event: event
            )
        )
    }

    mutating func ready(_ milliseconds: Int, _ step: String, after: String? = nil) {
        add(milliseconds, .stepReady(step: step, after: after))
    }

    /// The attempt's start, and its launch a millisecond later.
    mutating func start(
        _ milliseconds: Int,
        _ step: String,
        attempt number: Int = 1,
        part: StepPart = .main,
        pid: Int32? = 4_711
    ) {
        let attempt = AttemptRef(step: step, part: part, number: number)
        add(milliseconds, .attemptStarted(attempt))
        guard let pid else { return }
        add(milliseconds + 1, .attemptLaunched(attempt, pid: pid, startTicks: 99))
    }

    mutating func end(
        _ milliseconds: Int,
        _ step: String,
        _ end: AttemptEnd,
        attempt number: Int = 1,
        part: StepPart = .main
    ) {
        add(milliseconds, .attemptFinished(AttemptRef(step: step, part: part, number: number), end))
    }

    mutating func finish(_ milliseconds: Int, _ step: String, _ end: StepEnd) {
        add(milliseconds, .stepFinished(step: step, end))
    }

    mutating func finish(_ milliseconds: Int, _ end: RunEnd) {
        add(milliseconds, .runFinished(end))
    }
}

extension RunStarted {
    static func make(
        pipeline: String = "daily-reports",
        stepCount: Int = 1,
        workers: Int = 2,
        trace: TraceContext? = nil,
        resource: [ResourceAttribute] = [
            ResourceAttribute("service.name", "weir"),
            ResourceAttribute("process.pid", 42),
            ResourceAttribute("telemetry.sdk.version", "0.1.0"),
        ],
        spanLimits: SpanLimits = SpanLimits()
    ) -> RunStarted {
        let run = EventScript.run
        return RunStarted(
            run: run,
            pipeline: pipeline,
            stepCount: stepCount,
            workers: workers,
            specDigest: "",
            trigger: "cli",
            scheduledAt: EventScript.start,
            trace: trace ?? TraceContext(traceID: TraceID(high: run.high, low: run.low)),
            resource: resource,
            spanLimits: spanLimits,
            isExported: true
        )
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
