package import Pipeline

/// `weir plan --json`: the plan as one JSON object, templates as they stand in the file.
package enum PlanJSON {
    /// The object with a line end after it; without an `estimate` it has none.
    ///
    /// `upcoming` are the runs that begin next by themselves, where they were asked for.
    package static func json(
        _ plan: Plan,
        estimate: PlanEstimate? = nil,
        upcoming: [UpcomingRun]? = nil
    ) -> [UInt8] {
        var json = JSONWriter(reserving: 1_024 + plan.steps.count * 256)
        json.beginObject()
        json.member("name", plan.name)
        json.member("description", plan.description)
        json.member("timeout_seconds", plan.timeout)
        json.member("workers", plan.workers)
        json.member("failure", plan.failure.rawValue)
        json.members(of: plan.flow)
        write(plan.schedules, &json)
        if let upcoming { write(upcoming, &json) }
        json.key("params")
        json.beginArray()
        for param in plan.params { write(param, &json) }
        json.endArray()
        json.strings("secrets", plan.secrets)
        write(plan.env, &json)
        json.key("waves")
        json.beginArray()
        for wave in plan.waves { json.strings(names(wave, plan)) }
        json.endArray()
        json.strings("longest_chain", PlanText.longestChain(plan))
        json.key("steps")
        json.beginArray()
        for step in plan.steps { write(step, plan, &json) }
        json.endArray()
        estimate?.write(&json)
        json.endObject()
        return json.bytes + [UInt8(ascii: "\n")]
    }

    private static func write(_ schedules: [ScheduleDefinition], _ json: inout JSONWriter) {
        json.key("schedules")
        json.beginArray()
        for schedule in schedules {
            json.beginObject()
            json.member("schedule", schedule.text)
            json.member("timezone", schedule.series.zone.name)
            json.member("jitter_seconds", schedule.jitter)
            json.member("catch_up", schedule.catchUp.rawValue)
            json.member("within_seconds", schedule.catchUp == .none ? nil : schedule.within)
            json.member("overlap", schedule.overlap.rawValue)
            json.endObject()
        }
        json.endArray()
    }

    private static func write(_ upcoming: [UpcomingRun], _ json: inout JSONWriter) {
        json.key("next")
        json.beginArray()
        for run in upcoming {
            json.beginObject()
            json.member("slot", RunClockText.instant(run.slot, utcOffset: run.utcOffset))
            json.member("due", RunClockText.instant(run.due, utcOffset: run.utcOffset))
            json.member("schedule", run.schedule)
            json.endObject()
        }
        json.endArray()
    }

    private static func write(_ step: PlannedStep, _ plan: Plan, _ json: inout JSONWriter) {
        json.beginObject()
        json.member("name", step.name)
        json.strings("needs", names(step.needs, plan))
        json.member("when", step.when.rawValue)
        json.member("if", step.condition)
        write(step.action, &json)
        if case .script = step.action { json.strings("shell", step.shell) }
        json.member("workdir", step.workdir?.source)
        json.member("timeout_seconds", step.timeout)
        json.key("retry")
        write(step.retry, &json)
        json.key("allow_failure")
        json.boolean(step.allowFailure)
        if let cache = step.cache { write(cache, &json) }
        json.strings("secrets", step.secrets)
        write(step.env, &json)
        json.members(of: step.gates)
        if step.isFinal {
            json.key("finally")
            json.boolean(true)
        }
        if let compensation = step.compensation {
            json.key("compensate")
            json.beginObject()
            write(compensation.action, &json)
            json.member("timeout_seconds", compensation.timeout)
            json.key("retry")
            write(compensation.retry, &json)
            json.endObject()
        }
        json.endObject()
    }

    private static func write(_ action: StepAction, _ json: inout JSONWriter) {
        switch action {
        case .script(let text): json.member("run", text)
        case .exec(let words): json.strings("exec", words.map(\.source))
        }
    }

    private static func write(_ cache: CachePolicy, _ json: inout JSONWriter) {
        json.key("cache")
        json.beginObject()
        json.strings("inputs", cache.inputs)
        json.member("ttl_seconds", cache.ttl)
        json.endObject()
    }

    private static func write(_ retry: RetryPolicy, _ json: inout JSONWriter) {
        json.beginObject()
        json.member("attempts", retry.attempts)
        json.member("backoff_minimum_seconds", retry.backoffMinimum)
        json.member("backoff_maximum_seconds", retry.backoffMaximum)
        let triggers = RetryPolicy.Trigger.allCases.filter(retry.triggers.contains)
        json.strings("when", triggers.map(\.rawValue))
        json.key("exit_codes")
        json.beginArray()
        for code in retry.exitCodes.sorted() { json.integer(code) }
        json.endArray()
        json.endObject()
    }

    private static func write(_ param: ParamDefinition, _ json: inout JSONWriter) {
        json.beginObject()
        json.member("name", param.name)
        json.member("type", param.kind.rawValue)
        json.member("default", param.defaultValue?.source)
        if let minimum = param.minimum {
            json.key("minimum")
            json.double(minimum)
        }
        if let maximum = param.maximum {
            json.key("maximum")
            json.double(maximum)
        }
        if !param.choices.isEmpty { json.strings("choices", param.choices) }
        json.member("description", param.description)
        json.endObject()
    }

    private static func write(_ env: [EnvironmentEntry], _ json: inout JSONWriter) {
        json.key("env")
        json.beginObject()
        for entry in env {
            json.key(entry.name)
            json.string(entry.value.source)
        }
        json.endObject()
    }

    private static func names(_ positions: [Int], _ plan: Plan) -> [String] {
        positions.filter(plan.steps.indices.contains).map { plan.steps[$0].name }
    }
}

extension JSONWriter {
    fileprivate mutating func strings(_ name: StaticString, _ values: [String]) {
        key(name)
        strings(values)
    }

    fileprivate mutating func strings(_ values: [String]) {
        beginArray()
        for value in values { string(value) }
        endArray()
    }
}
