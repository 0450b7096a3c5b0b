import Pipeline
import Telemetry
import Testing

/// Where the container's facts stand in a run's resource, and who may correct them.
struct ContainerResourceTests {
    private func resource(_ environment: [String: String]) -> [String: ResourceAttribute.Value] {
        var facts = ResourceFacts(version: "1", processID: 42, stateFolder: "/s")
        facts.container.id = "c0ffee"
        facts.container.name = "weir"
        facts.container.podUID = "uid"
        facts.container.namespace = "prod"
        let attributes = facts.resource(OTelConfiguration(environment: environment))
        return Dictionary(attributes.map { ($0.key, $0.value) }) { first, _ in first }
    }

    @Test func `what was found has the names of the semantic conventions`() {
        let found = resource([:])
        #expect(found["container.id"] == .text("c0ffee"))
        #expect(found["k8s.container.name"] == .text("weir"))
        #expect(found["k8s.pod.uid"] == .text("uid"))
        #expect(found["k8s.namespace.name"] == .text("prod"))
        #expect(found["k8s.pod.name"] == nil)
    }

    @Test func `the downward API's facts come by the variable, and win`() {
        let list = "k8s.pod.name=weir-0,k8s.node.name=n1,k8s.namespace.name=other"
        let found = resource(["OTEL_RESOURCE_ATTRIBUTES": list])
        #expect(found["k8s.pod.name"] == .text("weir-0"))
        #expect(found["k8s.node.name"] == .text("n1"))
        #expect(found["k8s.namespace.name"] == .text("other"))
        #expect(found["k8s.pod.uid"] == .text("uid"))
    }
}
