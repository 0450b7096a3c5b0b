import Pipeline
import Telemetry
import TestSupport
import Testing

/// One run each, and what it adds to the metrics.
struct MetricFoldTests {
    private var meters = MeteredScripts()
    private let step = #"pipeline="daily-reports",step="load""#

    @Test mutating func `counts a run that succeeds`() {
        var script = RunScript.traced()
        script.succeeds("load", from: 0.5, to: 2, usage: .make())
        script.ends(2, run: RunEnd(.success))
        meters.apply(script)
        let run = #"pipeline="daily-reports",result="success""#
        #expect(meters.value("weir_runs_total{\(run)}") == "1")
        #expect(meters.value("weir_run_duration_seconds_sum{\(run)}") == "2")
        #expect(meters.value("weir_run_duration_seconds_bucket{\(run),le=\"1\"}") == "0")
        #expect(meters.value("weir_run_duration_seconds_bucket{\(run),le=\"2.5\"}") == "1")
        #expect(meters.value("weir_run_last_result{\(run)}") == "1")
        #expect(meters.registry.samples("weir_run_last_result").count == 5)
        let pipeline = #"{pipeline="daily-reports"}"#
        #expect(meters.value("weir_run_last_finish_timestamp_seconds\(pipeline)") == "1773097802")
        #expect(meters.value("weir_run_last_success_timestamp_seconds\(pipeline)") == "1773097802")
        #expect(meters.value("weir_run_last_critical_path_seconds\(pipeline)") == "1.5")
        #expect(meters.value("weir_run_last_parallel_efficiency_ratio\(pipeline)") == "0.375")
        #expect(meters.value("weir_step_duration_seconds_sum{\(step),result=\"success\"}") == "1.5")
        #expect(meters.value("weir_step_attempts_total{\(step),result=\"success\"}") == "1")
        #expect(meters.value("weir_step_attempts_total{\(step),result=\"failure\"}") == "0")
        #expect(meters.value("weir_step_cpu_seconds_total{\(step),mode=\"user\"}") == "0.1205")
        #expect(meters.value("weir_step_cpu_seconds_total{\(step),mode=\"system\"}") == "0.03")
        #expect(meters.value("weir_step_io_bytes_total{\(step),direction=\"read\"}") == "4096")
        #expect(meters.value("weir_step_io_bytes_total{\(step),direction=\"write\"}") == "0")
        #expect(meters.value("weir_step_last_peak_memory_bytes{\(step)}") == "12582912")
        #expect(
            meters.value("weir_step_wait_seconds_total{\(step),blocker=\"dependency\"}") == "0.5"
        )
    }

    @Test mutating func `counts a retry, its reason and the waits around it`() {
        var script = RunScript.traced()
        script.ready(0, "load")
        script.starts(1, "load")
        script.ends(2, "load", .failure(2))
        script.add(2, .retryScheduled(step: "load", next: 2, until: RunScript.at(5)))
        script.starts(7, "load", 2)
        script.ends(8, "load", 2, .success())
        script.finishes(8, "load", attempts: 2)
        script.ends(8, run: RunEnd(.success))
        meters.apply(script)
        #expect(meters.value("weir_step_attempts_total{\(step),result=\"failure\"}") == "1")
        #expect(meters.value("weir_step_attempts_total{\(step),result=\"success\"}") == "1")
        #expect(failures("exit") == "1")
        #expect(meters.value("weir_step_wait_seconds_total{\(step),blocker=\"backoff\"}") == "3")
        #expect(meters.value("weir_step_wait_seconds_total{\(step),blocker=\"workers\"}") == "3")
    }

    @Test mutating func `counts a timeout and what was skipped because of it`() {
        var script = RunScript.traced(steps: 2)
        script.ready(0, "load")
        script.starts(0, "load")
        script.ends(3, "load", AttemptEnd(Outcome(.timeout), signal: 15))
        script.finishes(3, "load", Outcome(.timeout))
        script.add(3, .runStopping(.failed(step: "load")))
        script.finishes(3, "send", Outcome(.dependency), attempts: 0, because: "load")
        script.ends(3, run: RunEnd(Outcome(.timeout), step: "load"))
        meters.apply(script)
        let send = #"pipeline="daily-reports",step="send""#
        #expect(failures("timeout") == "1")
        #expect(meters.value("weir_step_attempts_total{\(step),result=\"timeout\"}") == "1")
        #expect(meters.value("weir_step_duration_seconds_count{\(send),result=\"skip\"}") == "1")
        #expect(meters.value("weir_step_duration_seconds_sum{\(send),result=\"skip\"}") == "0")
        #expect(meters.value("weir_step_wait_seconds_total{\(send),blocker=\"dependency\"}") == "3")
        #expect(runs("timeout") == "1")
        let pipeline = #"{pipeline="daily-reports"}"#
        #expect(meters.value("weir_run_last_success_timestamp_seconds\(pipeline)") == nil)
    }

    @Test mutating func `counts a cancellation as no failure`() {
        var script = RunScript.traced()
        script.ready(0, "load")
        script.starts(0, "load")
        script.add(1, .runStopping(.cancelled(by: "signal SIGINT", isForced: false)))
        script.ends(2, "load", AttemptEnd(Outcome(.cancel), signal: 15))
        script.finishes(2, "load", Outcome(.cancel))
        script.ends(2, run: RunEnd(Outcome(.cancel)))
        meters.apply(script.events.prefix(5) + [])
        #expect(active("finalizing") == "1" && active("executing") == "0")
        meters.apply(script.events.dropFirst(5) + [])
        #expect(runs("cancellation") == "1" && active("finalizing") == "0")
        #expect(meters.value("weir_step_attempts_total{\(step),result=\"cancellation\"}") == "1")
        #expect(
            meters.registry.samples("weir_attempt_failures_total").allSatisfy {
                $0.hasSuffix(" 0")
            }
        )
    }

    @Test mutating func `counts a resume, and no wait while nobody owned the run`() {
        var script = RunScript.traced()
        script.ready(0, "load")
        script.starts(1, "load")
        script.ready(1, "late")
        let died = RunScript.at(4)
        script.add(100, .runResumed(RunResumed(recovery: 1, diedAt: died)))
        script.ends(100, "load", AttemptEnd(Outcome(.agentCrash), endedAt: died))
        script.starts(102, "load", 2)
        script.ends(103, "load", 2, .success())
        script.finishes(103, "load", attempts: 2)
        script.starts(103, "late")
        meters.apply(script)
        #expect(meters.value(#"weir_run_recoveries_total{pipeline="daily-reports"}"#) == "1")
        #expect(failures("agent_crash") == "1")
        let late = #"pipeline="daily-reports",step="late""#
        #expect(meters.value("weir_step_wait_seconds_total{\(step),blocker=\"workers\"}") == "3")
        #expect(meters.value("weir_step_wait_seconds_total{\(late),blocker=\"workers\"}") == "6")
        #expect(meters.value("weir_step_wait_seconds_total{\(late),blocker=\"dependency\"}") == "1")
    }

    @Test mutating func `counts asking the condition for its usage, not as an attempt`() {
        var script = RunScript.traced()
        script.ready(0, "load")
        script.starts(0, "load", 1, part: .condition)
        let no = AttemptEnd(Outcome(.condition), exitCode: 1, usage: .make())
        script.ends(1, "load", 1, part: .condition, no)
        script.finishes(1, "load", Outcome(.condition), attempts: 0)
        script.ends(1, run: RunEnd(.success))
        meters.apply(script)
        #expect(
            meters.registry.samples("weir_step_attempts_total").allSatisfy { $0.hasSuffix(" 0") }
        )
        #expect(meters.value("weir_step_cpu_seconds_total{\(step),mode=\"user\"}") == "0.1205")
        #expect(meters.value("weir_step_duration_seconds_count{\(step),result=\"skip\"}") == "1")
    }

    @Test mutating func `shows what is active, and takes an interrupted run out again`() {
        var script = RunScript.traced()
        script.ready(0, "load")
        script.starts(1, "load")
        meters.apply(script.events.prefix(2) + [])
        #expect(active("pending") == "1")
        meters.apply(script.events.dropFirst(2) + [])
        let oldest = #"weir_run_oldest_active_start_timestamp_seconds{pipeline="daily-reports"}"#
        #expect(active("pending") == "0" && active("executing") == "1")
        #expect(meters.value("weir_steps_active{\(step)}") == "1")
        #expect(meters.value(oldest) == "1773097800")
        meters.fold.forget(RunScript.run)
        #expect(active("executing") == "0")
        #expect(meters.value("weir_steps_active{\(step)}") == "0")
        #expect(meters.value(oldest) == nil)
    }

    @Test mutating func `counts no event twice when the journal is read again`() {
        var script = RunScript.traced()
        script.succeeds("load", from: 0, to: 2, usage: .make())
        script.ends(2, run: RunEnd(.success))
        meters.apply(script)
        let once = meters.registry.text
        meters.apply(script)
        #expect(meters.registry.text == once)
        var cut = MeteredScripts()
        for count in 0..<script.events.count {
            cut.apply(script.events.prefix(count) + [])
            cut.fold.forget(RunScript.run)
        }
        cut.apply(script)
        #expect(cut.registry.text == once)
    }

    @Test mutating func `makes every counter of a loaded pipeline exist at 0`() {
        let steps = [PlannedStep(name: "load", action: .exec([]))]
        meters.fold.declare(Plan(name: "daily-reports", steps: steps, waves: [[0]]))
        let text = meters.registry.samples("weir_").filter { $0.contains("daily-reports") }
        #expect(text.count == 5 + 3 + 1 + 1 + 18 + 5 + 6 + 1 + 2 + 2)
        let info = #"weir_pipeline_info{pipeline="daily-reports"} 1"#
        #expect(text.filter { !$0.hasSuffix(" 0") } == [info])
        #expect(failures("oom_kill") == "0" && failures("cancel") == nil)
        meters.fold.retire(pipeline: "daily-reports")
        #expect(meters.registry.samples("weir_pipeline_info").isEmpty)
    }

    private func runs(_ result: String) -> String? {
        meters.value("weir_runs_total{pipeline=\"daily-reports\",result=\"\(result)\"}")
    }

    private func failures(_ reason: String) -> String? {
        meters.value("weir_attempt_failures_total{pipeline=\"daily-reports\",reason=\"\(reason)\"}")
    }

    private func active(_ state: String) -> String? {
        meters.value("weir_runs_active{pipeline=\"daily-reports\",state=\"\(state)\"}")
    }
}
