import Pipeline

/// The fields of `RunEventCodec`'s table, read in their order.
struct RunEventDecoder {
    private var reader: JSONReader
    private var type = ""

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
        case .stepBlocked:
            let step = try string("step")
            let kind = try valid(GateKind(rawValue: try string("blocker")), "blocker")
            let name = try string("name")
            let until = try optionalInteger("until", Int64.self)
            let wait = GateWait(kind, name, until: until.map { Timestamp(nanoseconds: $0) })
            return .stepBlocked(step: step, wait)
        case .breakerChanged:
            let breaker = try string("breaker")
            let state = try valid(BreakerState(rawValue: try string("to")), "to")
            return .breakerChanged(breaker: breaker, to: state)
        case .compensationFinished:
            let step = try string("step")
            let outcome = try outcome()
            let attempts = try integer("attempts", Int.self)
            return .compensationFinished(step: step, CompensationEnd(outcome, attempts: attempts))
        case .stepFinished:
            let step = try string("step")
            return .stepFinished(step: step, try stepEnd())
        case .runStopping: return .runStopping(try stopCause())
        case .runFinished:
            let outcome = try outcome()
            let step = try optionalString("step")
            let message = try optionalString("message")
            return .runFinished(RunEnd(outcome, step: step, message: message))
        }
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
        let scheduledAt = try instant("scheduled_at")
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
            trace: trace,
            resource: resource,
            spanLimits: spanLimits,
            isExported: try boolean("exported"),
            request: request,
            finalSteps: finalSteps,
            formatVersion: format
        )
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
        let limits = SpanLimits(
            attributeCount: try integer("attributes", Int.self),
            attributeValueLength: try optionalInteger("attribute_length", Int.self),
            eventCount: try integer("events", Int.self),
            linkCount: try integer("links", Int.self)
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

// MARK: - Fields

extension RunEventDecoder {
    private mutating func require(_ name: StaticString) throws {
        guard reader.takeKey(name) else {
            throw CodecError.missingField("\(name)", type: type)
        }
    }

    private mutating func string(_ name: StaticString) throws -> String {
        try require(name)
        return try reader.string()
    }

    private mutating func optionalString(_ name: StaticString) throws -> String? {
        reader.takeKey(name) ? try reader.string() : nil
    }

    private mutating func integer<Integer: FixedWidthInteger>(
        _ name: StaticString,
        _: Integer.Type
    ) throws -> Integer {
        try require(name)
        return try valid(Integer(exactly: try reader.integer()), name)
    }

    private mutating func optionalInteger<Integer: FixedWidthInteger>(
        _ name: StaticString,
        _: Integer.Type
    ) throws -> Integer? {
        guard reader.takeKey(name) else { return nil }
        return try valid(Integer(exactly: try reader.integer()), name)
    }

    private mutating func unsigned(_ name: StaticString) throws -> UInt64 {
        try require(name)
        return try reader.unsignedInteger()
    }

    private mutating func instant(_ name: StaticString) throws -> Timestamp {
        Timestamp(nanoseconds: try integer(name, Int64.self))
    }

    private mutating func boolean(_ name: StaticString) throws -> Bool {
        try require(name)
        return try reader.boolean()
    }

    /// A field that is there, and `true`, or not there.
    private mutating func flag(_ name: StaticString) throws -> Bool {
        guard reader.takeKey(name) else { return false }
        return try valid(try reader.boolean() ? true : nil, name)
    }

    private mutating func identifier<ID: HexIdentifier128>(
        _ name: StaticString,
        _: ID.Type
    ) throws -> ID {
        try valid(ID(hex: try string(name)), name)
    }

    private func valid<Value>(_ value: Value?, _ name: StaticString) throws -> Value {
        guard let value else { throw CodecError.invalidValue(field: "\(name)", type: type) }
        return value
    }

    /// Closes the object; a field that is left is not of this vocabulary.
    private mutating func endObject() throws {
        if let key = try reader.nextKey() { throw CodecError.unknownField(key, type: type) }
    }
}
