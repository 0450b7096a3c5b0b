import Pipeline

extension TaskTable {
    /// The table as one JSON object with a line end after it.
    ///
    /// Times are RFC 3339 in UTC, durations seconds, sizes bytes. What does not exist is left out.
    package var json: [UInt8] {
        var json = JSONWriter(reserving: 1_024)
        json.beginObject()
        json.member("at", at)
        json.key("runs")
        json.beginArray()
        for run in runs { run.write(to: &json) }
        json.endArray()
        json.member("steps_omitted", stepsOmitted)
        json.key("usage_complete")
        json.boolean(isUsageComplete)
        json.endObject()
        json.piece("\n")
        return json.bytes
    }
}

extension TaskRun {
    fileprivate func write(to json: inout JSONWriter) {
        json.beginObject()
        json.member("run", run.description)
        json.member("pipeline", pipeline)
        json.member("trigger", trigger)
        json.member("state", state.rawValue)
        json.member("started_at", startedAt)
        json.member("elapsed_seconds", elapsed)
        json.member("workers", workers)
        json.member("recoveries", recoveries)
        json.member("stopped_by", stopping)
        json.key("counts")
        json.beginObject()
        json.member("running", counts.running)
        json.member("waiting", counts.waiting)
        json.member("finished", counts.finished)
        json.member("failed", counts.failed)
        json.endObject()
        json.key("steps")
        json.beginArray()
        for step in steps { step.write(to: &json) }
        json.endArray()
        json.member("steps_omitted", stepsOmitted)
        json.endObject()
    }
}

extension TaskStep {
    fileprivate func write(to json: inout JSONWriter) {
        json.beginObject()
        json.member("step", step)
        json.member("state", state.rawValue)
        json.member("since", since)
        json.member("elapsed_seconds", elapsed)
        if let blocker { write(blocker, to: &json) }
        json.member("result", outcome?.result.rawValue)
        json.member("reason", outcome?.reason.rawValue)
        json.key("attempts")
        json.beginArray()
        for attempt in attempts { attempt.write(to: &json) }
        json.endArray()
        if attemptsOmitted > 0 { json.member("attempts_omitted", attemptsOmitted) }
        json.endObject()
    }

    private func write(_ blocker: Blocker, to json: inout JSONWriter) {
        json.member("blocker", blocker.name)
        json.members(of: blocker)
    }
}

extension TaskAttempt {
    fileprivate func write(to json: inout JSONWriter) {
        json.beginObject()
        if part != .main { json.member("part", part.rawValue) }
        json.member("attempt", number)
        json.member("state", outcome == nil ? "running" : "finished")
        json.member("started_at", startedAt)
        json.member("elapsed_seconds", elapsed)
        json.member("pid", pid)
        json.member("processes", usage?.processes)
        json.member("cpu_seconds", usage?.cpu)
        json.member("rss_bytes", usage?.residentBytes)
        json.member("last_line", lastLine)
        json.member("result", outcome?.result.rawValue)
        json.member("reason", outcome?.reason.rawValue)
        json.endObject()
    }
}
