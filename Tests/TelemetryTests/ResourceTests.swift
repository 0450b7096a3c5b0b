import Pipeline
import Telemetry
import Testing

struct ResourceTests {
    private func facts() -> ResourceFacts {
        var facts = ResourceFacts(version: "1.2.3", processID: 42, stateFolder: "/var/lib/weir")
        facts.hostID = "0123456789abcdef0123456789abcdef"
        facts.hostName = "db1"
        return facts
    }

    private func resource(_ environment: [String: String]) -> [String: ResourceAttribute.Value] {
        let attributes = facts().resource(OTelConfiguration(environment: environment))
        let keys = attributes.map(\.key)
        #expect(keys == Set(keys).sorted())
        return Dictionary(attributes.map { ($0.key, $0.value) }) { first, _ in first }
    }

    @Test func `holds the facts that are known and no others`() {
        let resource = resource([:])
        #expect(resource["service.name"] == .text("weir"))
        #expect(resource["service.version"] == .text("1.2.3"))
        #expect(resource["process.pid"] == .integer(42))
        #expect(resource["os.type"] == .text("linux"))
        #expect(resource["telemetry.sdk.language"] == .text("swift"))
        #expect(resource["process.owner"] == nil)
    }

    @Test func `lets the operator correct facts but not the SDK's name`() {
        let resource = resource([
            "OTEL_RESOURCE_ATTRIBUTES":
                "service.name=jobs,host.name=db2,team=data,telemetry.sdk.name=other"
        ])
        #expect(resource["service.name"] == .text("jobs"))
        #expect(resource["host.name"] == .text("db2"))
        #expect(resource["team"] == .text("data"))
        #expect(resource["telemetry.sdk.name"] == .text("weir"))
    }

    @Test func `prefers OTEL_SERVICE_NAME to the attribute`() {
        let resource = resource([
            "OTEL_RESOURCE_ATTRIBUTES": "service.name=jobs", "OTEL_SERVICE_NAME": "nightly",
        ])
        #expect(resource["service.name"] == .text("nightly"))
    }

    @Test func `names the instance by host and state folder`() {
        let id = facts().instanceID
        #expect(id == facts().instanceID)
        var elsewhere = facts()
        elsewhere.stateFolder = "/srv/weir"
        #expect(elsewhere.instanceID != id)
        var otherHost = facts()
        otherHost.hostID = nil
        #expect(otherHost.instanceID != id)
    }

    /// RFC 9562, appendix A.4.
    @Test func `makes the UUID of the standard's example`() {
        let id = NamedUUID(namespace: .domainNames, name: "www.example.com")
        #expect(id.description == "2ed6657d-e927-568b-95e1-2665a8aea6a2")
    }

    /// FIPS 180-4's examples, and one message for each way the padding can fall.
    @Test(
        arguments: [
            ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
            ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "84983e441c3bd26ebaae4aa1f95129e5e54670f1"
            ),
            (String(repeating: "a", count: 55), "c1c8bbdc22796e28c0e15163d20899b65621d65a"),
            (String(repeating: "a", count: 64), "0098ba824b5c16427bd7a1122a5a442a25ec644d"),
            (String(repeating: "a", count: 1_000_000), "34aa973cd4c4daa4f61eeb2bdbad27316534016f"),
        ]
    )
    func `gives SHA-1's digests`(message: String, digest: String) {
        let words = SHA1.digest(of: Array(message.utf8))
        let text = words.map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }
        #expect(text.joined() == digest)
    }
}
