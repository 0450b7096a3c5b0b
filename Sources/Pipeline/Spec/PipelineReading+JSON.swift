extension PipelineReading {
    /// `weir validate --json`: what came of reading the file, as one object with a line end after it.
    ///
    ///     {"file", "valid", "pipeline"?, "steps"?, "diagnostics": [{"severity", "line", "column",
    ///     "message", "advice"?}], "omitted"}
    package var json: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.member("file", source.file)
        json.key("valid")
        json.boolean(plan != nil)
        if let plan {
            json.member("pipeline", plan.name)
            json.member("steps", plan.steps.count)
        }
        json.key("diagnostics")
        json.beginArray()
        for diagnostic in diagnostics {
            json.beginObject()
            json.member("severity", diagnostic.severity.rawValue)
            json.member("line", diagnostic.place.line)
            json.member("column", diagnostic.place.column)
            json.member("message", diagnostic.message)
            if let advice = diagnostic.advice { json.member("advice", advice) }
            json.endObject()
        }
        json.endArray()
        json.member("omitted", omitted)
        json.endObject()
        return json.bytes + [UInt8(ascii: "\n")]
    }
}
