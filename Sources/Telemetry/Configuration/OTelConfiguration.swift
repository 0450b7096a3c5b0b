package import Pipeline

/// What OpenTelemetry's standard variables say, as far as Weir obeys them.
///
/// The rest is warned about: no variable that is set is ignored in silence.
package struct OTelConfiguration: Sendable {
    /// `OTEL_SDK_DISABLED`: nothing is sent, and a caller's context passes through to the children.
    package var isDisabled: Bool
    /// `OTEL_SERVICE_NAME`.
    package var serviceName: String?
    /// `OTEL_RESOURCE_ATTRIBUTES`, each key once.
    package var resourceAttributes: [ResourceAttribute]
    package var propagators: [Propagator]
    package var sampler: Sampler
    package var spanLimits: SpanLimits
    /// Where each signal goes; unlike elsewhere an unset endpoint means that it is not sent.
    package var exports: [OTLPSignal: OTLPSettings]
    /// In the order of the variables' names.
    package let warnings: [ConfigurationWarning]

    package init(environment: [String: String]) {
        var reader = EnvironmentReader(environment)
        isDisabled = reader.boolean("OTEL_SDK_DISABLED")
        serviceName = reader.word("OTEL_SERVICE_NAME")
        resourceAttributes = reader.resourceAttributes()
        propagators = reader.propagators()
        sampler = reader.sampler()
        spanLimits = reader.spanLimits()
        var settings: [OTLPSignal: OTLPSettings] = [:]
        for signal in OTLPSignal.allCases {
            settings[signal] = OTLPSettings(&reader, signal)
            reader.judgesShared = settings.isEmpty
        }
        exports = isDisabled ? [:] : settings
        reader.warnOfOthers(environment)
        warnings = reader.warnings.sorted { $0.variable < $1.variable }
    }

    /// Where spans go.
    package var export: OTLPSettings? { exports[.traces] }
}

extension EnvironmentReader {
    /// Any decoding error discards the whole variable (OTel resource SDK); of two values for one
    /// key the last counts.
    fileprivate mutating func resourceAttributes() -> [ResourceAttribute] {
        let variable = "OTEL_RESOURCE_ATTRIBUTES"
        guard let text = text(variable) else { return [] }
        guard text.utf8.count <= TraceLimits.resourceBytes else {
            let expected = "at most \(TraceLimits.resourceBytes) bytes long"
            warn(variable, .malformedHidden(expected: expected, instead: "none of it is used"))
            return []
        }
        guard let pairs = BaggageList.parse(text) else {
            let expected = "a list of the form key=value,key2=value2, percent-encoded"
            warn(variable, .malformedHidden(expected: expected, instead: "none of it is used"))
            return []
        }
        var attributes: [ResourceAttribute] = []
        for pair in pairs {
            attributes.removeAll { $0.key == pair.key }
            attributes.append(ResourceAttribute(pair.key, pair.value))
        }
        return attributes
    }

    fileprivate mutating func propagators() -> [Propagator] {
        let variable = "OTEL_PROPAGATORS"
        guard let text = word(variable) else { return [.traceContext, .baggage] }
        var chosen: [Propagator] = []
        for name in listMembers(text).map({ String(Substring($0)).lowercased() }) {
            switch name {
            case "none": break
            case "b3", "b3multi", "jaeger", "xray", "ottrace":
                warn(variable, .notSupportedYet(value: name, instead: "it is left out"))
            default:
                if let propagator = Propagator(rawValue: name) {
                    if !chosen.contains(propagator) { chosen.append(propagator) }
                } else {
                    malformed(variable, name, "a propagator", "it is left out")
                }
            }
        }
        return chosen
    }

    fileprivate mutating func sampler() -> Sampler {
        let variable = "OTEL_TRACES_SAMPLER"
        let argument = "OTEL_TRACES_SAMPLER_ARG"
        guard let value = word(variable) else {
            if word(argument) != nil {
                warn(argument, .withoutEffect(because: "\(variable) is not set"))
            }
            return .standard
        }
        let name = value.lowercased()
        if !name.hasSuffix("traceidratio"), word(argument) != nil {
            warn(argument, .withoutEffect(because: "the sampler \(name) takes no argument"))
        }
        switch name {
        case "always_on": return .alwaysOn
        case "always_off": return .alwaysOff
        case "traceidratio": return .traceIDRatio(ratio(argument) ?? 1)
        case "parentbased_always_on": return .standard
        case "parentbased_always_off": return .parentBased(root: .alwaysOff)
        case "parentbased_traceidratio":
            return .parentBased(root: .traceIDRatio(ratio(argument) ?? 1))
        case "jaeger_remote", "parentbased_jaeger_remote", "xray":
            let instead = "parentbased_always_on is used"
            warn(variable, .notSupportedYet(value: value, instead: instead))
        default: malformed(variable, value, "a sampler", "parentbased_always_on is used")
        }
        return .standard
    }

    /// The limit of the kind (span, event, link), else the one for all, else the default.
    fileprivate mutating func spanLimits() -> SpanLimits {
        var limits = SpanLimits()
        let generalCount = count("OTEL_ATTRIBUTE_COUNT_LIMIT")
        let generalLength = count("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT")
        limits.attributeCount =
            count("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT") ?? generalCount ?? limits.attributeCount
        limits.attributeValueLength =
            count("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT") ?? generalLength
        limits.eventCount = count("OTEL_SPAN_EVENT_COUNT_LIMIT") ?? limits.eventCount
        limits.linkCount = count("OTEL_SPAN_LINK_COUNT_LIMIT") ?? limits.linkCount
        limits.eventAttributeCount =
            count("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT") ?? generalCount ?? limits.eventAttributeCount
        limits.linkAttributeCount =
            count("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT") ?? generalCount ?? limits.linkAttributeCount
        return limits
    }
}
