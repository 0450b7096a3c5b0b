import Pipeline
import Telemetry
import Testing

/// The rules that hold for each variable of the specification, walked over all of them.
struct StandardVariablesTests {
    private func read(
        _ variable: StandardVariable,
        _ value: String?
    ) -> (meaning: String, warnings: [String]) {
        var environment = ["OTEL_EXPORTER_OTLP_ENDPOINT": "http://h:4318"]
        environment.merge(variable.beside) { $1 }
        environment[variable.name] = value ?? environment[variable.name]
        if value == nil, variable.name != "OTEL_EXPORTER_OTLP_ENDPOINT" {
            environment[variable.name] = nil
        }
        let configuration = OTelConfiguration(environment: environment)
        let own = configuration.warnings.filter { $0.variable == variable.name }
        return (Self.meaning(of: configuration), own.map(\.description))
    }

    /// All that a configuration says but its warnings.
    private static func meaning(of configuration: OTelConfiguration) -> String {
        let parts = Mirror(reflecting: configuration).children.filter { $0.label != "warnings" }
        return parts.map { "\($0.label ?? ""): \(String(reflecting: $0.value))" }
            .joined(separator: "\n")
    }

    @Test func `the list is whole and names each once`() {
        let names = StandardVariable.all.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(names.count == 6 + 8 + 8 + 3 + 4 * 9 + 7 + 8)
        #expect(names.allSatisfy { $0.hasPrefix("OTEL_") })
    }

    @Test(arguments: StandardVariable.all)
    func `empty is as good as unset, and neither is warned about`(variable: StandardVariable) {
        let unset = read(variable, nil)
        for empty in ["", " ", "\t "] where variable.name != "OTEL_EXPORTER_OTLP_ENDPOINT" {
            // Of a text, a list and a path also spaces are a value.
            guard empty.isEmpty || variable.invalid != nil else { continue }
            let found = read(variable, empty)
            #expect(found.meaning == unset.meaning, "'\(empty)'")
            #expect(found.warnings == unset.warnings, "'\(empty)'")
        }
    }

    @Test(arguments: StandardVariable.all)
    func `a valid value is obeyed, or said to be without effect`(variable: StandardVariable) {
        let unset = read(variable, nil)
        let found = read(variable, variable.valid)
        switch variable.standing {
        case .obeyed:
            #expect(found.warnings == [])
            #expect(found.meaning != unset.meaning)
        case .sending:
            #expect(found.warnings.count <= 1, "\(found.warnings)")
            let isKnown = found.warnings.allSatisfy { !$0.contains("is not a variable") }
            #expect(isKnown, "\(found.warnings)")
        case .refused:
            #expect(found.warnings.count == 1, "\(found.warnings)")
            #expect(found.meaning == unset.meaning)
            let isClear = found.warnings.allSatisfy {
                $0.contains("is not supported yet") || $0.contains("has no effect")
            }
            #expect(isClear, "\(found.warnings)")
        }
    }

    @Test(arguments: StandardVariable.all.filter { $0.invalid?.isEmpty == false })
    func `an invalid value is one clear warning, and the default`(variable: StandardVariable) {
        let found = read(variable, variable.invalid)
        #expect(found.warnings.count == 1, "\(found.warnings)")
        #expect(found.warnings.allSatisfy { $0.hasPrefix(variable.name) && $0.count < 300 })
        guard variable.standing == .obeyed else { return }
        let isDefault = variable.beside.isEmpty || variable.name == "OTEL_TRACES_SAMPLER_ARG"
        #expect(isDefault)
        let unset = read(variable, nil).meaning
        // Of a list of propagators only the unknown name is left out.
        if variable.name != "OTEL_PROPAGATORS" { #expect(found.meaning == unset) }
    }

    @Test(
        arguments: [
            ("OTEL_SDK_DISABLED", ["TRUE", "True", " true "], true),
            ("OTEL_SDK_DISABLED", ["false", "False"], false),
        ]
    )
    func `a boolean is true in any case`(name: String, values: [String], isDisabled: Bool) {
        for value in values {
            let configuration = OTelConfiguration(environment: [name: value])
            #expect(configuration.isDisabled == isDisabled)
            #expect(configuration.warnings.isEmpty)
        }
    }

    @Test(arguments: ["POD_NAME", "NODE_NAME", "POD_UID"])
    func `what resource attributes are composed from is no mistake`(name: String) {
        let environment = ["OTEL_RESOURCE_ATTRIBUTES_" + name: "weir-0"]
        #expect(OTelConfiguration(environment: environment).warnings.isEmpty)
    }

    @Test(
        arguments: [
            ("OTEL_RESOURCE_ATTRIBUTE", "a=1"), ("OTEL_PROPAGATOR", "baggage"),
            ("OTEL_TRACE_SAMPLER", "always_on"), ("OTEL_SPAN_LIMIT", "1"),
            ("OTEL_EXPORTER_OTLP_URL", "http://h"), ("OTEL_SERVICE_VERSION", "1"),
        ]
    )
    func `a name that the specification does not know is a mistake`(name: String, value: String) {
        let warnings = OTelConfiguration(environment: [name: value]).warnings
        #expect(warnings.map(\.variable) == [name])
        #expect(warnings.allSatisfy { $0.description.contains("check its spelling") })
    }
}
