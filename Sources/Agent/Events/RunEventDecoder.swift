import Pipeline

/// The fields of `RunEventCodec`'s table, read in their order.
struct RunEventDecoder {
    var reader: JSONReader
    private(set) var type = ""

    init(_ reader: JSONReader) {
        self.reader = reader
    }

    mutating func recordedEvent() throws -> RecordedEvent {
        try reader.beginObject()
        _ = try string("crc")
        let sequence = try unsigned("seq")
        let at = try instant("at")
        type = try string("type")
        guard let known = RunEventType(rawValue: type) else {
            throw CodecError.unknownType(type, sequence: sequence, at: at)
        }
        let event = try event(known)
        try endObject()
        try reader.finish()
        return RecordedEvent(sequence: sequence, at: at, event: event)
    }

    private mutating func event(_ type: RunEventType) throws -> RunEvent {
        switch type {
        case .runStarted: return .runStarted(try runStarted())
        case .stepReused: return try stepReused()
        case .outputReused: return try outputReused()
        case .runResumed:
            let recovery = try integer("recovery", Int.self)
            return .runResumed(RunResumed(recovery: recovery, diedAt: try instant("died_at")))
        case .stepReady:
            return .stepReady(step: try string("step"), after: try optionalString("after"))
        case .attemptStarted: return .attemptStarted(try attempt())
        case .attemptLaunched:
            let attempt = try attempt()
            let pid = try integer("pid", Int32.self)
            return .attemptLaunched(attempt, pid: pid, startTicks: try unsigned("start_ticks"))
        case .outputSet:
            let attempt = try attempt()
            let key = try string("key")
            return .outputSet(attempt, key: key, value: try string("value"))
        case .attemptFinished:
            let attempt = try attempt()
            return .attemptFinished(attempt, try attemptEnd())
        case .retryScheduled:
            let next = try attempt(numbered: "next_attempt")
            return .retryScheduled(next, until: try instant("until"))
        case .stepBlocked: return try stepBlocked()
        case .breakerChanged: return try breakerChanged()
        case .compensationFinished: return try compensationFinished()
        case .stepFinished:
            let step = try string("step")
            return .stepFinished(step: step, try stepEnd())
        case .runStopping: return .runStopping(try stopCause())
        case .runFinished: return try runFinished()
        }
    }

    private mutating func stepBlocked() throws -> RunEvent {
        let step = try string("step")
        let kind = try valid(GateKind(rawValue: try string("blocker")), "blocker")
        let name = try string("name")
        let until = try optionalInteger("until", Int64.self)
        let wait = GateWait(kind, name, until: until.map { Timestamp(nanoseconds: $0) })
        return .stepBlocked(step: step, wait)
    }

    private mutating func breakerChanged() throws -> RunEvent {
        let breaker = try string("breaker")
        let state = try valid(BreakerState(rawValue: try string("to")), "to")
        return .breakerChanged(breaker: breaker, to: state)
    }

    private mutating func compensationFinished() throws -> RunEvent {
        let step = try string("step")
        let outcome = try outcome()
        let attempts = try integer("attempts", Int.self)
        return .compensationFinished(step: step, CompensationEnd(outcome, attempts: attempts))
    }

    private mutating func runFinished() throws -> RunEvent {
        let outcome = try outcome()
        let step = try optionalString("step")
        let message = try optionalString("message")
        return .runFinished(RunEnd(outcome, step: step, message: message))
    }

    private mutating func runStarted() throws -> RunStarted {
        let format = try integer("format", Int.self)
        let run = try identifier("run", RunID.self)
        let pipeline = try string("pipeline")
        let stepCount = try integer("steps", Int.self)
        let workers = try integer("workers", Int.self)
        let finalSteps = reader.takeKey("finally") ? try strings() : []
        let specDigest = try string("spec_sha256")
        let trigger = try string("trigger")
        let request = reader.takeKey("request") ? try requestIdentity() : nil
        let retryOf = reader.takeKey("retry_of") ? try linkedRun() : nil
        let scheduledAt = try instant("scheduled_at")
        let offset = try optionalInteger("scheduled_offset", Int.self) ?? 0
        // RFC 8536 has no more than a week.
        let scheduledOffset = try valid(
            offset.magnitude <= 604_800 ? offset : nil,
            "scheduled_offset"
        )
        let trace = try trace()
        let resource = try resource()
        let spanLimits = try spanLimits()
        return RunStarted(
            run: run,
            pipeline: pipeline,
            stepCount: stepCount,
            workers: workers,
            specDigest: specDigest,
            trigger: trigger,
            scheduledAt: scheduledAt,
            scheduledOffset: scheduledOffset,
            trace: trace,
            resource: resource,
            spanLimits: spanLimits,
            isExported: try boolean("exported"),
            request: request,
            retryOf: retryOf,
            finalSteps: finalSteps,
            formatVersion: format
        )
    }

    private mutating func stepReused() throws -> RunEvent {
        let step = try string("step")
        try require("from")
        let from = try linkedRun()
        let source = ReusedStep(from: from, directory: try optionalString("directory"))
        return .stepReused(step: step, source)
    }

    private mutating func outputReused() throws -> RunEvent {
        let step = try string("step")
        let key = try string("key")
        return .outputReused(step: step, key: key, value: try string("value"))
    }

    private mutating func linkedRun() throws -> LinkedRun {
        try reader.beginObject()
        let run = try identifier("run", RunID.self)
        let trace = try identifier("trace_id", TraceID.self)
        try endObject()
        return LinkedRun(run: run, trace: trace)
    }

    private mutating func requestIdentity() throws -> RequestIdentity {
        try reader.beginObject()
        let key = try identifier("key", RequestDigest.self)
        let content = try identifier("content", RequestDigest.self)
        try endObject()
        return RequestIdentity(key: key, content: content)
    }

    private mutating func trace() throws -> TraceContext {
        let traceID = try identifier("trace_id", TraceID.self)
        var parent: SpanID?
        if let text = try optionalString("parent_span_id") {
            parent = try valid(SpanID(hex: text), "parent_span_id")
        }
        let flags = try integer("trace_flags", UInt8.self)
        let state = try optionalString("trace_state") ?? ""
        let baggage = try optionalString("baggage") ?? ""
        return TraceContext(
            traceID: traceID,
            parent: parent,
            flags: flags,
            state: state,
            baggage: baggage
        )
    }

    private mutating func resource() throws -> [ResourceAttribute] {
        var attributes: [ResourceAttribute] = []
        try require("resource")
        try reader.beginObject()
        while let key = try reader.nextKey() {
            if try reader.peek() == .string {
                attributes.append(ResourceAttribute(key, try reader.string()))
            } else {
                attributes.append(ResourceAttribute(key, try reader.integer()))
            }
        }
        return attributes
    }

    private mutating func spanLimits() throws -> SpanLimits {
        try require("span_limits")
        try reader.beginObject()
        let standard = SpanLimits.standardCount
        let limits = SpanLimits(
            attributeCount: try integer("attributes", Int.self),
            attributeValueLength: try optionalInteger("attribute_length", Int.self),
            eventCount: try integer("events", Int.self),
            linkCount: try integer("links", Int.self),
            eventAttributeCount: try optionalInteger("event_attributes", Int.self) ?? standard,
            linkAttributeCount: try optionalInteger("link_attributes", Int.self) ?? standard
        )
        try endObject()
        return limits
    }

    private mutating func attempt(numbered name: StaticString = "attempt") throws -> AttemptRef {
        let step = try string("step")
        var part = StepPart.main
        if let text = try optionalString("part") {
            let named = StepPart(rawValue: text)
            part = try valid(named == .main ? nil : named, "part")
        }
        return AttemptRef(step: step, part: part, number: try integer(name, Int.self))
    }

    private mutating func attemptEnd() throws -> AttemptEnd {
        var end = AttemptEnd(try outcome())
        end.exitCode = try optionalInteger("exit_code", Int32.self)
        end.signal = try optionalInteger("signal", Int32.self)
        end.isOOMDoubtful = try flag("oom_doubtful")
        end.endedAt = try optionalInteger("ended_at", Int64.self)
            .map { Timestamp(nanoseconds: $0) }
        if reader.takeKey("usage") { end.usage = try usage() }
        end.message = try optionalString("message")
        end.executable = try optionalString("executable")
        if reader.takeKey("tail") { end.tail = try tail() }
        return end
    }

    private mutating func usage() throws -> ResourceUsage {
        try reader.beginObject()
        let usage = ResourceUsage(
            userCPU: .nanoseconds(try integer("user_cpu_ns", Int64.self)),
            systemCPU: .nanoseconds(try integer("system_cpu_ns", Int64.self)),
            peakMemory: try optionalInteger("peak_memory_bytes", Int64.self),
            peakMemoryFloor: try integer("peak_memory_floor_bytes", Int64.self),
            bytesRead: try optionalInteger("read_bytes", Int64.self),
            bytesWritten: try optionalInteger("written_bytes", Int64.self),
            voluntarySwitches: try integer("voluntary_switches", Int64.self),
            involuntarySwitches: try integer("involuntary_switches", Int64.self)
        )
        try endObject()
        return usage
    }

    private mutating func tail() throws -> OutputTail {
        try reader.beginObject()
        let totalLines = try integer("total_lines", Int.self)
        try require("lines")
        let lines = try strings()
        try endObject()
        return OutputTail(lines: lines, totalLines: totalLines)
    }

    private mutating func strings() throws -> [String] {
        var texts: [String] = []
        try reader.beginArray()
        while try reader.nextElement() { texts.append(try reader.string()) }
        return texts
    }

    private mutating func stepEnd() throws -> StepEnd {
        let outcome = try outcome()
        let attempts = try integer("attempts", Int.self)
        let isTolerated = try flag("tolerated")
        return StepEnd(
            outcome,
            attempts: attempts,
            isTolerated: isTolerated,
            because: try optionalString("because")
        )
    }

    private mutating func stopCause() throws -> StopCause {
        switch try string("cause") {
        case "cancelled":
            let by = try string("by")
            return .cancelled(by: by, isForced: try flag("forced"))
        case "superseded": return .superseded(by: try identifier("by", RunID.self))
        case "timed_out": return .timedOut
        case "abandoned": return .abandoned
        case "failed": return .failed(step: try string("step"))
        default: throw CodecError.invalidValue(field: "cause", type: type)
        }
    }

    private mutating func outcome() throws -> Outcome {
        let result = try valid(RunResult(rawValue: try string("result")), "result")
        let reason = try valid(Reason(rawValue: try string("reason")), "reason")
        return try valid(Outcome(result, reason), "reason")
    }
}
