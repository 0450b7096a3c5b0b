/// How each type of the key table looks in JSON Schema.
extension KeyTable.ValueType {
    /// Writes the keywords of the type into the object that is open.
    func write(into writer: inout JSONWriter) {
        switch self {
        case .text, .command, .template, .scalar: writer.member("type", Self.scalarTypes)
        case .pipelineName:
            writePattern("^[a-z0-9][a-z0-9-]{0,62}$", ["string", "integer"], into: &writer)
        case .stepName: writePattern(Self.stepPattern, ["string", "integer"], into: &writer)
        case .integer(let range): writeInteger(range, into: &writer)
        case .number: writer.member("type", "number")
        case .boolean: writer.member("type", "boolean")
        case .duration: writePattern("^(?=[0-9])\(Self.durationPattern)$", into: &writer)
        case .backoff:
            let duration = "(?=[0-9])\(Self.durationPattern)"
            writePattern("^\(duration)(\\.\\.\(duration))?$", into: &writer)
        case .names: writeOneOrMore(into: &writer) { Self.scalar(into: &$0) }
        case .nameList: writeList(into: &writer) { Self.environmentName(into: &$0) }
        case .choice(let choices): writer.member("enum", choices)
        case .choices(let choices): writeOneOrMore(into: &writer) { $0.member("enum", choices) }
        case .arguments:
            writeList(into: &writer) { Self.scalar(into: &$0) }
            writer.member("minItems", 1)
        case .words: writeOneOrMore(into: &writer) { Self.scalar(into: &$0) }
        case .exitCodes: writeOneOrMore(into: &writer) { Self.exitCode(into: &$0) }
        case .scalars:
            writeList(into: &writer) { Self.scalar(into: &$0) }
            writer.member("minItems", 1)
        case .environment: writeEnvironment(into: &writer)
        case .parameters: writeMap(of: "parameter", into: &writer)
        case .steps: writeSteps(into: &writer)
        case .retry: writer.member("$ref", "#/$defs/retry")
        case .cache: writer.member("$ref", "#/$defs/cache")
        case .globs: writeOneOrMore(into: &writer) { Self.glob(into: &$0) }
        case .defaults: writer.member("$ref", "#/$defs/defaults")
        case .gateName, .pools, .rateLimits, .breakers, .rate, .compensation:
            writeFlow(into: &writer)
        case .schedules, .cron, .timezone: writeSchedule(into: &writer)
        case .undecided: break
        }
    }

    private func writeFlow(into writer: inout JSONWriter) {
        switch self {
        case .gateName: writePattern(Self.stepPattern, ["string", "integer"], into: &writer)
        case .pools:
            writeMap(of: "pool", into: &writer) { writer in
                writer.member("type", "integer")
                writer.member("minimum", 1)
                writer.member("maximum", Limits.gatePlaces)
            }
        case .rateLimits:
            writeMap(of: "rate_limit", into: &writer) { writer in
                writer.member("type", ["string"])
                writer.member("pattern", Self.ratePattern)
            }
        case .breakers: writeMap(of: "breaker", into: &writer)
        case .rate: writePattern(Self.ratePattern, into: &writer)
        case .compensation: writer.member("$ref", "#/$defs/compensation")
        default: break
        }
    }

    private func writeSchedule(into writer: inout JSONWriter) {
        switch self {
        case .schedules:
            writeOneOrMore(into: &writer) { $0.member("$ref", "#/$defs/schedule") }
        case .cron: writePattern(Self.cronPattern, into: &writer)
        case .timezone: writePattern("^[A-Za-z0-9][A-Za-z0-9_+/-]*$", into: &writer)
        default: break
        }
    }

    /// A default, as the type would be written in JSON.
    func writeStandard(_ text: String, into writer: inout JSONWriter) {
        switch self {
        case .boolean: writer.boolean(text == "true")
        case .choices(let choices):
            writer.beginArray()
            for choice in choices { writer.string(choice) }
            writer.endArray()
        default: writer.string(text)
        }
    }

    /// What is taken as it is written.
    private static let scalarTypes = ["string", "number", "boolean"]
    /// Relative, and not upwards.
    private static let globPattern = "^(?!/)(?!(.*/)?\\.\\.(/|$)).+$"
    private static let stepPattern = "^[a-z0-9][a-z0-9_-]{0,62}$"
    private static let environmentPattern = "^(?!WEIR_)[A-Za-z_][A-Za-z0-9_]*$"
    /// What stands in the fields only a reader can tell.
    private static let cronPattern = "^\\s*(@[a-z]+|\\S+(\\s+\\S+){4})\\s*$"
    private static let ratePattern = "^0*[1-9][0-9]*/[smhd]$"
    private static let durationPattern =
        "([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?([0-9]+us)?([0-9]+ns)?"

    private static func scalar(into writer: inout JSONWriter) {
        writer.member("type", scalarTypes)
    }

    private static func glob(into writer: inout JSONWriter) {
        writer.member("type", "string")
        writer.member("pattern", globPattern)
    }

    private static func environmentName(into writer: inout JSONWriter) {
        writer.member("type", "string")
        writer.member("pattern", environmentPattern)
    }

    private static func exitCode(into writer: inout JSONWriter) {
        writer.member("type", "integer")
        writer.member("minimum", 1)
        writer.member("maximum", 255)
    }

    private func writePattern(
        _ pattern: String,
        _ types: [String] = ["string"],
        into writer: inout JSONWriter
    ) {
        writer.member("type", types)
        writer.member("pattern", pattern)
    }

    private func writeInteger(_ range: ClosedRange<Int>, into writer: inout JSONWriter) {
        writer.member("type", "integer")
        writer.member("minimum", range.lowerBound)
        writer.member("maximum", range.upperBound)
    }

    private func writeList(into writer: inout JSONWriter, item: (inout JSONWriter) -> Void) {
        writer.member("type", "array")
        writer.key("items")
        writer.beginObject()
        item(&writer)
        writer.endObject()
    }

    private func writeOneOrMore(into writer: inout JSONWriter, item: (inout JSONWriter) -> Void) {
        writer.key("oneOf")
        writer.beginArray()
        writer.beginObject()
        item(&writer)
        writer.endObject()
        writer.beginObject()
        writeList(into: &writer, item: item)
        writer.endObject()
        writer.endArray()
    }

    private func writeEnvironment(into writer: inout JSONWriter) {
        writer.member("type", "object")
        writer.key("propertyNames")
        writer.beginObject()
        writer.member("pattern", Self.environmentPattern)
        writer.endObject()
        writer.key("additionalProperties")
        writer.beginObject()
        Self.scalar(into: &writer)
        writer.endObject()
    }

    /// A map from names to what `$defs` holds under `definition`, or to what `short` says.
    private func writeMap(
        of definition: String,
        into writer: inout JSONWriter,
        or short: ((inout JSONWriter) -> Void)? = nil
    ) {
        writer.member("type", "object")
        writer.key("propertyNames")
        writer.beginObject()
        writer.member("pattern", Self.stepPattern)
        writer.endObject()
        writer.key("additionalProperties")
        writer.beginObject()
        if let short {
            writer.key("oneOf")
            writer.beginArray()
            writer.beginObject()
            short(&writer)
            writer.endObject()
            writer.beginObject()
        }
        writer.member("$ref", "#/$defs/\(definition)")
        if short != nil {
            writer.endObject()
            writer.endArray()
        }
        writer.endObject()
    }

    private func writeSteps(into writer: inout JSONWriter) {
        writer.key("oneOf")
        writer.beginArray()
        writer.beginObject()
        writeMap(of: "step", into: &writer)
        writer.member("minProperties", 1)
        writer.endObject()
        writer.beginObject()
        writeList(into: &writer) { $0.member("$ref", "#/$defs/listedStep") }
        writer.member("minItems", 1)
        writer.endObject()
        writer.endArray()
    }
}
