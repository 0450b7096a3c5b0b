import Pipeline
import Telemetry
import Transport

/// What one run's attempts are told so that they send to this process.
package struct ChildTelemetry: Sendable {
    /// `http://127.0.0.1:PORT/c/`.
    private let base: String
    private let tokens: AttemptTokens
    /// The run's number in this process.
    private let number: Int
    /// The resource attributes up to the step's name, and from there up to the end of its run id:
    /// a step's name needs no escape, and this is done for every attempt.
    private let resource: (head: String, middle: String)

    init(base: String, _ tokens: AttemptTokens, _ number: Int, of run: RunID, pipeline: String) {
        self.base = base
        self.tokens = tokens
        self.number = number
        let head = ResourceList.text([
            (.pipelineName, pipeline), (.pipelineRunID, run.description), (.taskName, ""),
        ])
        resource = (head, "," + ResourceList.text([(.taskRunID, "\(run)/")]))
    }

    /// Sets what is the same for every attempt, and announces the rest.
    func prepare(_ block: inout EnvironmentBlock) {
        block.set("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
        block.reserve(["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_RESOURCE_ATTRIBUTES"])
    }

    /// Sets what each attempt gets of its own.
    func set(_ block: inout EnvironmentBlock, for attempt: AttemptRef, stepIndex: Int) {
        block.set("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint(for: attempt, stepIndex: stepIndex))
        var text = resource.head
        text += attempt.step
        text += resource.middle
        text += attempt.step
        block.set("OTEL_RESOURCE_ATTRIBUTES", text)
    }

    /// Has the child reach 127.0.0.1 without its proxy, unless `chosen`, which the file sets, says
    /// what it reaches so.
    func bypassProxies(_ block: inout EnvironmentBlock, _ chosen: [EnvironmentEntry]...) {
        guard !chosen.joined().contains(where: { ProxyBypass.lists.contains($0.name) }) else {
            return
        }
        for (name, value) in ProxyBypass.variables(block) { block.set(name, value) }
    }

    /// Where an attempt sends, of whatever signal.
    func endpoint(for attempt: AttemptRef, stepIndex: Int) -> String {
        let claim = AttemptTokens.Claim(
            run: number,
            step: stepIndex,
            part: attempt.part,
            number: attempt.number
        )
        return base + tokens.token(for: claim)
    }
}

/// `OTEL_RESOURCE_ATTRIBUTES`: W3C Baggage without properties, percent-encoded (OTel resource SDK).
enum ResourceList {
    static func text(_ attributes: [(key: AttributeKey, value: String)]) -> String {
        attributes.map { $0.key.rawValue + "=" + HTTPTarget.escaped($0.value) }
            .joined(separator: ",")
    }
}

/// Lets a child reach 127.0.0.1 that reaches everything else through a proxy.
///
/// Go and curl-based programs know that by themselves or by `NO_PROXY`; Python's `requests`, which
/// the OpenTelemetry SDK sends with, asks the proxy for 127.0.0.1 too unless it is named there.
enum ProxyBypass {
    private static let address = "127.0.0.1"
    private static let proxies = ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"]
    static let lists = ["no_proxy", "NO_PROXY"]

    /// What is to be set beside what `block` has; nothing where no proxy is set.
    static func variables(_ block: EnvironmentBlock) -> [(name: String, value: String)] {
        guard proxies.contains(where: { block.value(of: $0)?.isEmpty == false }) else { return [] }
        let given = lists.compactMap { name in block.value(of: name).map { (name, $0) } }
        // One that is there must not be hidden by a new one of the other spelling.
        guard !given.isEmpty else { return lists.map { ($0, address) } }
        return given.compactMap { name, list in
            let entries = list.split { $0 == "," || $0 == " " }
            if entries.contains(where: { $0 == address || $0 == "*" }) { return nil }
            return (name, list.isEmpty ? address : list + "," + address)
        }
    }
}
