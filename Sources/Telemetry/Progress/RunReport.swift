package import Pipeline

/// `report.json`: one JSON object with all that a run's snapshot holds.
///
/// Times are RFC 3339 in UTC, durations seconds, sizes bytes. What does not exist is left out.
package enum RunReport {
    /// The object with a line end after it.
    ///
    /// What is under way counts until `now`; `baselines` say what is usual; `hints` come last.
    package static func json(
        _ run: RunSnapshot,
        hints: [Hint] = [],
        baselines: Baselines = Baselines(),
        at now: Timestamp? = nil
    ) -> [UInt8] {
        var json = JSONWriter(reserving: 1_024 + run.steps.count * 832)
        json.beginObject()
        writeIdentity(run, &json)
        writeEnding(run, at: now, &json)
        write(baselines.run, &json)
        writeCounts(run.counts, &json)
        write(run.usage, &json)
        writeAccounts(run, at: now, &json)
        json.key("steps")
        json.beginArray()
        let slacks = run.slacks
        for (position, step) in run.steps.enumerated() {
            let slack = position < slacks.count ? slacks[position] : nil
            write(step, (slack, baselines.steps[step.name]), &json)
        }
        json.endArray()
        if run.inconsistencyCount > 0 {
            json.key("inconsistencies")
            json.beginArray()
            for inconsistency in run.inconsistencies { json.string(inconsistency.description) }
            json.endArray()
        }
        write(hints, &json)
        json.endObject()
        json.piece("\n")
        return json.bytes
    }

    private static func write(_ hints: [Hint], _ json: inout JSONWriter) {
        guard !hints.isEmpty else { return }
        json.key("hints")
        json.beginArray()
        for hint in hints {
            json.beginObject()
            json.member("kind", hint.kind.rawValue)
            json.member("step", hint.step)
            json.member("text", hint.text)
            json.endObject()
        }
        json.endArray()
    }

    private static func writeIdentity(_ run: RunSnapshot, _ json: inout JSONWriter) {
        guard let started = run.started else { return }
        json.member("run", started.run.description)
        json.member("trace", started.trace.traceID.description)
        json.member("pipeline", started.pipeline)
        json.member("trigger", started.trigger)
        json.member("retry_of", started.retryOf?.run.description)
        json.member("spec_sha256", started.specDigest)
        json.member("workers", started.workers)
        json.member("scheduled_at", started.scheduledAt)
    }

    private static func writeEnding(
        _ run: RunSnapshot,
        at now: Timestamp?,
        _ json: inout JSONWriter
    ) {
        json.member("state", run.state.rawValue)
        json.member("result", run.outcome?.result.rawValue)
        json.member("reason", run.outcome?.reason.rawValue)
        json.member("step", run.end?.step)
        json.member("message", run.end?.message)
        json.member("started_at", run.startedAt)
        json.member("ended_at", run.endedAt)
        json.member("duration_seconds", run.elapsed(at: now))
        json.member("recoveries", run.recoveries)
        json.member("stopped_by", run.stop.map(OutcomeWords.stop))
    }

    private static func writeCounts(_ counts: StepCounts, _ json: inout JSONWriter) {
        json.key("counts")
        json.beginObject()
        json.member("ok", counts.ok)
        json.member("failed", counts.failed)
        json.member("tolerated", counts.tolerated)
        json.member("skipped", counts.skipped)
        json.member("cancelled", counts.cancelled)
        json.member("running", counts.running)
        json.member("waiting", counts.waiting)
        json.endObject()
    }

    private static func writeAccounts(
        _ run: RunSnapshot,
        at now: Timestamp?,
        _ json: inout JSONWriter
    ) {
        let accounts = run.accounts(at: now)
        json.key("time")
        json.beginObject()
        json.member("waiting_seconds", accounts.waiting)
        json.member("running_seconds", accounts.running)
        json.member("wasted_seconds", accounts.wasted)
        json.endObject()
        if let efficiency = accounts.parallelEfficiency {
            json.key("parallel_efficiency")
            json.double(efficiency)
        }
        guard let path = run.criticalPath else { return }
        json.key("critical_path")
        json.beginObject()
        json.key("steps")
        json.beginArray()
        for step in path.steps { json.string(step) }
        json.endArray()
        json.member("duration_seconds", path.duration)
        json.endObject()
    }
}

extension JSONWriter {
    /// Writes key and instant (RFC 3339) where there is one.
    mutating func member(_ name: StaticString, _ instant: Timestamp?) {
        member(name, instant.map { RunClockText.instant($0) })
    }

    /// Writes key and seconds where there is a duration.
    mutating func member(_ name: StaticString, _ duration: Duration?) {
        guard let duration else { return }
        key(name)
        seconds(nanoseconds: duration.wholeNanoseconds)
    }
}
