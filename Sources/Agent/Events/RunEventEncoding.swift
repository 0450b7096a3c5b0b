import Pipeline

/// The fields of `RunEventCodec`'s table, written.
extension JSONWriter {
    mutating func write(_ recorded: RecordedEvent) {
        piece(#"{"seq":"#)
        unsigned(recorded.sequence)
        field(#","at":"#, recorded.at.nanoseconds)
        write(recorded.event)
        endObject()
    }

    private mutating func write(_ event: RunEvent) {
        switch event {
        case .runStarted(let start):
            begin(.runStarted)
            write(start)
        case .stepReused(let step, let source):
            write(step, source)
        case .outputReused(let step, let name, let value):
            begin(.outputReused, step)
            writeOutput(name, value)
        case .runResumed(let resumption):
            begin(.runResumed)
            field(#","recovery":"#, resumption.recovery)
            field(#","died_at":"#, resumption.diedAt.nanoseconds)
        case .stepReady(let step, let after):
            begin(.stepReady, step)
            field(#","after":"#, after)
        case .attemptStarted(let attempt):
            begin(.attemptStarted, attempt)
        case .attemptLaunched(let attempt, let pid, let startTicks):
            begin(.attemptLaunched, attempt)
            field(#","pid":"#, pid)
            piece(#","start_ticks":"#)
            unsigned(startTicks)
        case .outputSet(let attempt, let name, let value):
            begin(.outputSet, attempt)
            writeOutput(name, value)
        case .attemptFinished(let attempt, let end):
            begin(.attemptFinished, attempt)
            write(end)
        case .retryScheduled(let next, let until): write(next, at: until)
        case .stepBlocked(let step, let wait): write(step, wait)
        case .breakerChanged(let breaker, let state): write(breaker, state)
        case .compensationFinished(let step, let end): write(step, end)
        case .stepFinished(let step, let end):
            begin(.stepFinished, step)
            write(end)
        case .runStopping(let cause):
            begin(.runStopping)
            write(cause)
        case .runFinished(let end):
            begin(.runFinished)
            write(end)
        }
    }

    private mutating func write(_ next: AttemptRef, at until: Timestamp) {
        begin(.retryScheduled, next.step)
        if next.part != .main { field(#","part":"#, next.part.rawValue) }
        field(#","next_attempt":"#, next.number)
        field(#","until":"#, until.nanoseconds)
    }

    private mutating func write(_ step: String, _ wait: GateWait) {
        begin(.stepBlocked, step)
        field(#","blocker":"#, wait.kind.rawValue)
        field(#","name":"#, wait.name)
        field(#","until":"#, wait.until?.nanoseconds)
    }

    private mutating func write(_ breaker: String, _ state: BreakerState) {
        begin(.breakerChanged)
        field(#","breaker":"#, breaker)
        field(#","to":"#, state.rawValue)
    }

    private mutating func write(_ step: String, _ end: CompensationEnd) {
        begin(.compensationFinished, step)
        write(end.outcome)
        field(#","attempts":"#, end.attempts)
    }

    private mutating func write(_ start: RunStarted) {
        field(#","format":"#, start.formatVersion)
        field(#","run":"#, start.run.description)
        field(#","pipeline":"#, start.pipeline)
        field(#","steps":"#, start.stepCount)
        field(#","workers":"#, start.workers)
        if !start.finalSteps.isEmpty {
            piece(#","finally":["#)
            for name in start.finalSteps { string(name) }
            endArray()
        }
        field(#","spec_sha256":"#, start.specDigest)
        field(#","trigger":"#, start.trigger)
        if let request = start.request {
            field(#","request":{"key":"#, request.key.description)
            field(#","content":"#, request.content.description)
            endObject()
        }
        if let source = start.retryOf { write(source, as: #","retry_of":{"run":"#) }
        field(#","scheduled_at":"#, start.scheduledAt.nanoseconds)
        if start.scheduledOffset != 0 {
            field(#","scheduled_offset":"#, start.scheduledOffset)
        }
        field(#","trace_id":"#, start.trace.traceID.description)
        field(#","parent_span_id":"#, start.trace.parent?.description)
        field(#","trace_flags":"#, start.trace.flags)
        field(#","trace_state":"#, start.trace.state.isEmpty ? nil : start.trace.state)
        field(#","baggage":"#, start.trace.baggage.isEmpty ? nil : start.trace.baggage)
        write(start.resource)
        write(start.spanLimits)
        piece(#","exported":"#)
        boolean(start.isExported)
    }

    private mutating func write(_ resource: [ResourceAttribute]) {
        piece(#","resource":{"#)
        for attribute in resource {
            key(attribute.key)
            switch attribute.value {
            case .text(let value): string(value)
            case .integer(let value): integer(value)
            }
        }
        endObject()
    }

    private mutating func write(_ limits: SpanLimits) {
        field(#","span_limits":{"attributes":"#, limits.attributeCount)
        field(#","attribute_length":"#, limits.attributeValueLength)
        field(#","events":"#, limits.eventCount)
        field(#","links":"#, limits.linkCount)
        // Left out where standard: the lines of runs from before there were these two stay as they are.
        let counts = [limits.eventAttributeCount, limits.linkAttributeCount]
            .map { $0 == SpanLimits.standardCount ? nil : $0 }
        field(#","event_attributes":"#, counts[0])
        field(#","link_attributes":"#, counts[1])
        endObject()
    }

    private mutating func writeOutput(_ name: String, _ value: String) {
        field(#","key":"#, name)
        field(#","value":"#, value)
    }

    private mutating func write(_ step: String, _ source: ReusedStep) {
        begin(.stepReused, step)
        write(source.from, as: #","from":{"run":"#)
        field(#","directory":"#, source.directory)
    }

    private mutating func write(_ end: RunEnd) {
        write(end.outcome)
        field(#","step":"#, end.step)
        field(#","message":"#, end.message)
    }

    private mutating func write(_ linked: LinkedRun, as opening: StaticString) {
        field(opening, linked.run.description)
        field(#","trace_id":"#, linked.trace.description)
        endObject()
    }

    private mutating func write(_ end: AttemptEnd) {
        write(end.outcome)
        field(#","exit_code":"#, end.exitCode)
        field(#","signal":"#, end.signal)
        if end.isOOMDoubtful {
            piece(#","oom_doubtful":true"#)
        }
        field(#","ended_at":"#, end.endedAt?.nanoseconds)
        if let usage = end.usage { write(usage) }
        field(#","message":"#, end.message)
        field(#","executable":"#, end.executable)
        if let tail = end.tail {
            field(#","tail":{"total_lines":"#, tail.totalLines)
            piece(#","lines":["#)
            for line in tail.lines { string(line) }
            endArray()
            endObject()
        }
    }

    private mutating func write(_ usage: ResourceUsage) {
        field(#","usage":{"user_cpu_ns":"#, usage.userCPU.wholeNanoseconds)
        field(#","system_cpu_ns":"#, usage.systemCPU.wholeNanoseconds)
        field(#","peak_memory_bytes":"#, usage.peakMemory)
        field(#","peak_memory_floor_bytes":"#, usage.peakMemoryFloor)
        field(#","read_bytes":"#, usage.bytesRead)
        field(#","written_bytes":"#, usage.bytesWritten)
        field(#","voluntary_switches":"#, usage.voluntarySwitches)
        field(#","involuntary_switches":"#, usage.involuntarySwitches)
        endObject()
    }

    private mutating func write(_ end: StepEnd) {
        write(end.outcome)
        field(#","attempts":"#, end.attempts)
        if end.isTolerated {
            piece(#","tolerated":true"#)
        }
        field(#","because":"#, end.because)
    }

    private mutating func write(_ cause: StopCause) {
        switch cause {
        case .cancelled(let by, let isForced):
            field(#","cause":"#, "cancelled")
            field(#","by":"#, by)
            if isForced {
                piece(#","forced":true"#)
            }
        case .superseded(let other):
            field(#","cause":"#, "superseded")
            field(#","by":"#, other.description)
        case .timedOut: field(#","cause":"#, "timed_out")
        case .failed(let step):
            field(#","cause":"#, "failed")
            field(#","step":"#, step)
        case .abandoned: field(#","cause":"#, "abandoned")
        }
    }

    private mutating func write(_ outcome: Outcome) {
        field(#","result":"#, outcome.result.rawValue)
        field(#","reason":"#, outcome.reason.rawValue)
    }
}

extension JSONWriter {
    private mutating func begin(_ type: RunEventType) {
        field(#","type":"#, type.rawValue)
    }

    private mutating func begin(_ type: RunEventType, _ step: String) {
        begin(type)
        field(#","step":"#, step)
    }

    private mutating func begin(_ type: RunEventType, _ attempt: AttemptRef) {
        begin(type)
        field(#","step":"#, attempt.step)
        if attempt.part != .main { field(#","part":"#, attempt.part.rawValue) }
        field(#","attempt":"#, attempt.number)
    }

    /// `opening` is all from the comma to the colon: one stroke instead of five.
    private mutating func field(_ opening: StaticString, _ value: String?) {
        guard let value else { return }
        piece(opening)
        string(value)
    }

    private mutating func field(_ opening: StaticString, _ value: (some FixedWidthInteger)?) {
        guard let value else { return }
        piece(opening)
        integer(Int64(clamping: value))
    }

    private mutating func unsigned(_ value: UInt64) {
        if let value = Int64(exactly: value) {
            integer(value)
        } else {
            raw(String(value).utf8)
        }
    }
}
