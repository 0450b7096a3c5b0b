import Pipeline

extension SpanTable {
    /// The table as one JSON object with a line end after it.
    ///
    /// Times are RFC 3339 in UTC, durations seconds. What does not exist is left out.
    package var json: [UInt8] {
        var json = JSONWriter(reserving: 4_096)
        json.beginObject()
        json.member("at", at)
        json.member("since", since)
        json.member("sampler", sampler)
        json.key("bucket_bounds_seconds")
        json.beginArray()
        for bound in SpanTally.bounds { json.seconds(nanoseconds: bound.wholeNanoseconds) }
        json.endArray()
        json.key("classes")
        json.beginArray()
        for row in rows { row.write(to: &json) }
        json.endArray()
        json.key("open")
        json.beginArray()
        for (spanClass, span) in open { span.write(to: &json, spanClass, at: at) }
        json.endArray()
        json.member("open_omitted", openOmitted)
        json.key("failed")
        json.beginArray()
        for (spanClass, span) in failed { span.write(to: &json, spanClass) }
        json.endArray()
        if query.pipeline != nil {
            json.key("samples")
            json.beginArray()
            for (spanClass, span) in samples { span.write(to: &json, spanClass) }
            json.endArray()
        }
        json.member("samples_dropped", samplesDropped)
        json.member("runs_lost", runsLost)
        json.endObject()
        json.piece("\n")
        return json.bytes
    }
}

extension SpanTable.Row {
    fileprivate func write(to json: inout JSONWriter) {
        json.beginObject()
        json.members(of: spanClass)
        json.member("open", open)
        json.member("finished", tally.finished)
        json.member("failed", tally.failed.count)
        json.key("buckets")
        json.beginArray()
        for bucket in tally.buckets { json.integer(Int64(bucket.count)) }
        json.endArray()
        json.endObject()
    }
}

extension JSONWriter {
    fileprivate mutating func members(of spanClass: SpanClass) {
        member("pipeline", spanClass.pipeline)
        member("step", spanClass.step)
        member("part", spanClass.part.name)
    }
}

extension OpenSpan {
    fileprivate func write(
        to json: inout JSONWriter,
        _ spanClass: SpanClass,
        at now: Timestamp
    ) {
        json.beginObject()
        json.members(of: spanClass)
        json.member("name", name)
        json.member("run", run.description)
        json.member("trace_id", traceID.description)
        json.member("span_id", spanID.description)
        json.member("parent_span_id", parentID?.description)
        json.member("started_at", start)
        json.member("age_seconds", max(.zero, now - start))
        json.member("pid", pid)
        json.endObject()
    }
}

extension FinishedSpan {
    fileprivate func write(to json: inout JSONWriter, _ spanClass: SpanClass) {
        let content = content
        json.beginObject()
        json.members(of: spanClass)
        json.member("name", name)
        json.member("trace_id", traceID.description)
        json.member("span_id", spanID.description)
        json.member("parent_span_id", parentID?.description)
        json.member("started_at", start)
        json.member("duration_seconds", end - start)
        if case .error(let message) = status { json.member("error", message) }
        json.key("attributes")
        json.beginObject()
        for entry in content.attributes.entries {
            json.key(entry.key.rawValue)
            json.value(entry.value)
        }
        json.endObject()
        if content.droppedEvents > 0 { json.member("events", content.droppedEvents) }
        if !content.links.isEmpty { json.member("links", content.links.count) }
        json.endObject()
    }
}

extension JSONWriter {
    fileprivate mutating func value(_ value: SpanAttributes.Value) {
        switch value {
        case .text(let text): string(SpanTable.shown(text))
        case .integer(let number): integer(number)
        case .double(let number): double(number)
        case .seconds(let nanoseconds): seconds(nanoseconds: nanoseconds)
        case .boolean(let truth): boolean(truth)
        case .texts(let texts):
            beginArray()
            for text in texts { string(SpanTable.shown(text)) }
            endArray()
        }
    }
}

extension SpanTable {
    /// A page is no place for a text without end.
    static func shown(_ text: String) -> String {
        text.utf8.count <= 256 ? text : String(text.prefix(255)) + "…"
    }
}
