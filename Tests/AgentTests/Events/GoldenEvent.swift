import Pipeline
import Testing

/// An event, and its fields as they stand in a journal behind `at`.
struct GoldenEvent: CustomTestStringConvertible {
    var event: RunEvent
    var text: String
    var testDescription: String { text }

    init(_ event: RunEvent, _ text: String) {
        self.event = event
        self.text = text
    }

    static let source = LinkedRun(
        run: RunID(high: 5, low: 6),
        trace: TraceID(high: 7, low: 8)
    )
    static let attempt = AttemptRef(step: "load", number: 3)

    /// The schema, line by line; a change here is a change of the format.
    static let all: [GoldenEvent] = [
        GoldenEvent(
            .runStarted(
                RunStarted(
                    run: RunID(high: 1, low: 2),
                    pipeline: "daily",
                    stepCount: 5,
                    workers: 4,
                    specDigest: "ab12",
                    trigger: "cli",
                    scheduledAt: Timestamp(nanoseconds: 7),
                    trace: TraceContext(
                        traceID: TraceID(high: 3, low: 4),
                        parent: SpanID(5),
                        flags: 3,
                        state: "a=b",
                        baggage: "c=d"
                    ),
                    resource: [
                        ResourceAttribute("service.name", "weir"),
                        ResourceAttribute("process.pid", 99),
                    ],
                    spanLimits: SpanLimits(
                        attributeValueLength: 64,
                        eventAttributeCount: 3,
                        linkAttributeCount: 0
                    ),
                    isExported: true
                )
            ),
            #""type":"run_started","format":1,"run":"00000000000000010000000000000002","#
                + #""pipeline":"daily","steps":5,"workers":4,"spec_sha256":"ab12","#
                + #""trigger":"cli","scheduled_at":7,"#
                + #""trace_id":"00000000000000030000000000000004","#
                + #""parent_span_id":"0000000000000005","trace_flags":3,"trace_state":"a=b","#
                + #""baggage":"c=d","resource":{"service.name":"weir","process.pid":99},"#
                + #""span_limits":{"attributes":128,"attribute_length":64,"events":128,"links":128,"#
                + #""event_attributes":3,"link_attributes":0},"#
                + #""exported":true}"#
        ),
        GoldenEvent(
            .runStarted(
                RunStarted(
                    run: RunID(high: 1, low: 2),
                    pipeline: "p",
                    stepCount: 1,
                    workers: 1,
                    specDigest: "a",
                    trigger: "api",
                    scheduledAt: Timestamp(nanoseconds: 7),
                    trace: TraceContext(traceID: TraceID(high: 1, low: 2)),
                    request: RequestIdentity(
                        key: RequestDigest(high: 8, low: 9),
                        content: RequestDigest(high: 10, low: 11)
                    )
                )
            ),
            #""type":"run_started","format":1,"run":"00000000000000010000000000000002","#
                + #""pipeline":"p","steps":1,"workers":1,"spec_sha256":"a","trigger":"api","#
                + #""request":{"key":"00000000000000080000000000000009","#
                + #""content":"000000000000000a000000000000000b"},"scheduled_at":7,"#
                + #""trace_id":"00000000000000010000000000000002","trace_flags":3,"resource":{},"#
                + #""span_limits":{"attributes":128,"events":128,"links":128},"exported":false}"#
        ),
        GoldenEvent(
            .runStarted(
                RunStarted(
                    run: RunID(high: 1, low: 2),
                    pipeline: "p",
                    stepCount: 1,
                    workers: 1,
                    specDigest: "a",
                    trigger: "cli",
                    scheduledAt: Timestamp(nanoseconds: 7),
                    trace: TraceContext(traceID: TraceID(high: 1, low: 2)),
                    retryOf: source
                )
            ),
            #""type":"run_started","format":1,"run":"00000000000000010000000000000002","#
                + #""pipeline":"p","steps":1,"workers":1,"spec_sha256":"a","trigger":"cli","#
                + #""retry_of":{"run":"00000000000000050000000000000006","#
                + #""trace_id":"00000000000000070000000000000008"},"scheduled_at":7,"#
                + #""trace_id":"00000000000000010000000000000002","trace_flags":3,"resource":{},"#
                + #""span_limits":{"attributes":128,"events":128,"links":128},"exported":false}"#
        ),
        GoldenEvent(
            .stepReused(step: "b", ReusedStep(from: source, directory: "/srv/b")),
            #""type":"step_reused","step":"b","from":{"run":"00000000000000050000000000000006","#
                + #""trace_id":"00000000000000070000000000000008"},"directory":"/srv/b"}"#
        ),
        GoldenEvent(
            .stepReused(step: "b", ReusedStep(from: source)),
            #""type":"step_reused","step":"b","from":{"run":"00000000000000050000000000000006","#
                + #""trace_id":"00000000000000070000000000000008"}}"#
        ),
        GoldenEvent(
            .outputReused(step: "b", key: "count", value: "3"),
            #""type":"output_reused","step":"b","key":"count","value":"3"}"#
        ),
        GoldenEvent(
            .runResumed(RunResumed(recovery: 1, diedAt: Timestamp(nanoseconds: 5))),
            #""type":"run_resumed","recovery":1,"died_at":5}"#
        ),
        GoldenEvent(.stepReady(step: "b", after: nil), #""type":"step_ready","step":"b"}"#),
        GoldenEvent(
            .stepReady(step: "b", after: "a"),
            #""type":"step_ready","step":"b","after":"a"}"#
        ),
        GoldenEvent(
            .attemptStarted(AttemptRef(step: "load", part: .condition, number: 1)),
            #""type":"attempt_started","step":"load","part":"if","attempt":1}"#
        ),
        GoldenEvent(
            .attemptLaunched(attempt, pid: 4_711, startTicks: .max),
            #""type":"attempt_launched","step":"load","attempt":3,"pid":4711,"#
                + #""start_ticks":18446744073709551615}"#
        ),
        GoldenEvent(
            .outputSet(attempt, key: "count", value: "a\nb"),
            #""type":"output_set","step":"load","attempt":3,"key":"count","value":"a\nb"}"#
        ),
        GoldenEvent(
            .attemptFinished(
                attempt,
                AttemptEnd(Outcome(.oomKill), signal: 9, isOOMDoubtful: true)
            ),
            #""type":"attempt_finished","step":"load","attempt":3,"result":"error","#
                + #""reason":"oom_kill","signal":9,"oom_doubtful":true}"#
        ),
        GoldenEvent(
            .attemptFinished(
                attempt,
                AttemptEnd(
                    .exit,
                    exitCode: 2,
                    usage: ResourceUsage(
                        userCPU: .microseconds(12),
                        systemCPU: .milliseconds(3),
                        peakMemory: 4_096,
                        peakMemoryFloor: 1_024,
                        bytesRead: 0,
                        bytesWritten: 5,
                        voluntarySwitches: 6,
                        involuntarySwitches: 7
                    ),
                    executable: "bash",
                    tail: OutputTail(lines: ["no \"x\"", ""], totalLines: 37)
                )
            ),
            #""type":"attempt_finished","step":"load","attempt":3,"result":"failure","#
                + #""reason":"exit","exit_code":2,"usage":{"user_cpu_ns":12000,"#
                + #""system_cpu_ns":3000000,"peak_memory_bytes":4096,"#
                + #""peak_memory_floor_bytes":1024,"read_bytes":0,"written_bytes":5,"#
                + #""voluntary_switches":6,"involuntary_switches":7},"executable":"bash","#
                + #""tail":{"total_lines":37,"lines":["no \"x\"",""]}}"#
        ),
        GoldenEvent(
            .attemptFinished(
                attempt,
                AttemptEnd(
                    Outcome(.agentCrash),
                    signal: 9,
                    endedAt: Timestamp(nanoseconds: 8),
                    message: "gone"
                )
            ),
            #""type":"attempt_finished","step":"load","attempt":3,"result":"error","#
                + #""reason":"agent_crash","signal":9,"ended_at":8,"message":"gone"}"#
        ),
        GoldenEvent(
            .retryScheduled(AttemptRef(step: "load", number: 4), until: Timestamp(nanoseconds: 9)),
            #""type":"retry_scheduled","step":"load","next_attempt":4,"until":9}"#
        ),
        GoldenEvent(
            .retryScheduled(
                AttemptRef(step: "load", part: .compensation, number: 2),
                until: Timestamp(nanoseconds: 9)
            ),
            #""type":"retry_scheduled","step":"load","part":"compensate","next_attempt":2,"until":9}"#
        ),
        GoldenEvent(
            .stepBlocked(
                step: "load",
                GateWait(.rateLimit, "site", until: Timestamp(nanoseconds: 9))
            ),
            #""type":"step_blocked","step":"load","blocker":"rate_limit","name":"site","until":9}"#
        ),
        GoldenEvent(
            .breakerChanged(breaker: "site", to: .halfOpen),
            #""type":"breaker_changed","breaker":"site","to":"half_open"}"#
        ),
        GoldenEvent(
            .compensationFinished(step: "load", CompensationEnd(.exit, attempts: 3)),
            #""type":"compensation_finished","step":"load","result":"failure","reason":"exit","#
                + #""attempts":3}"#
        ),
        GoldenEvent(
            .stepFinished(step: "load", StepEnd(.exit, attempts: 3, isTolerated: true)),
            #""type":"step_finished","step":"load","result":"failure","reason":"exit","#
                + #""attempts":3,"tolerated":true}"#
        ),
        GoldenEvent(
            .stepFinished(
                step: "load",
                StepEnd(Outcome(.dependency), attempts: 0, because: "clean")
            ),
            #""type":"step_finished","step":"load","result":"skip","reason":"dependency","#
                + #""attempts":0,"because":"clean"}"#
        ),
        GoldenEvent(
            .runStopping(.cancelled(by: "signal SIGINT", isForced: false)),
            #""type":"run_stopping","cause":"cancelled","by":"signal SIGINT"}"#
        ),
        GoldenEvent(
            .runStopping(.cancelled(by: "weir cancel", isForced: true)),
            #""type":"run_stopping","cause":"cancelled","by":"weir cancel","forced":true}"#
        ),
        GoldenEvent(.runStopping(.abandoned), #""type":"run_stopping","cause":"abandoned"}"#),
        GoldenEvent(.runStopping(.timedOut), #""type":"run_stopping","cause":"timed_out"}"#),
        GoldenEvent(
            .runStopping(.failed(step: "load")),
            #""type":"run_stopping","cause":"failed","step":"load"}"#
        ),
        GoldenEvent(
            .runStopping(.superseded(by: RunID(high: 1, low: 2))),
            #""type":"run_stopping","cause":"superseded","by":"00000000000000010000000000000002"}"#
        ),
        GoldenEvent(
            .runFinished(RunEnd(.exit, step: "load", message: "no")),
            #""type":"run_finished","result":"failure","reason":"exit","step":"load","#
                + #""message":"no"}"#
        ),
    ]
}
