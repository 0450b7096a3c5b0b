import TestSupport
import Testing

/// How requests travel: TLS both ways, HTTP/2, proxies, with the built binary.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct DeliveryIntegrationTests {
    private func bench(_ variables: [String: String]) -> WeirBench {
        let bench = WeirBench()
        bench.environment.merge(variables) { $1 }
        bench.pipeline("steps: {a: {run: 'true'}}")
        return bench
    }

    @Test func `an authority of one's own is trusted, and no other`() throws {
        let certificates = try TestCertificates()
        let collector = try LoopbackCollector(tls: certificates)
        let doubtful = bench(["OTEL_EXPORTER_OTLP_ENDPOINT": collector.base]).weir("run")
        #expect(doubtful.code == 0)
        #expect(doubtful.out.contains("queued: TLS with the collector failed"), "\(doubtful.out)")
        #expect(try collector.stats().spans == 0)
        let trusting = bench([
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.base,
            "OTEL_EXPORTER_OTLP_CERTIFICATE": certificates.authority,
        ]).weir("run")
        #expect(trusting.out.contains("3 accepted by \(collector.endpoint)"), "\(trusting.out)")
        #expect(try collector.stats(after: 3).spans == 3)
    }

    @Test func `a collector that asks who we are is told`() throws {
        let certificates = try TestCertificates()
        let collector = try LoopbackCollector(tls: certificates, asksClients: true)
        var variables = [
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.base,
            "OTEL_EXPORTER_OTLP_CERTIFICATE": certificates.authority,
        ]
        let nameless = bench(variables).weir("run")
        #expect(nameless.out.contains("queued: "), "\(nameless.out)")
        #expect(try collector.stats().spans == 0)
        variables["OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"] = certificates.clientCertificate
        variables["OTEL_EXPORTER_OTLP_CLIENT_KEY"] = certificates.clientKey
        let named = bench(variables).weir("run")
        #expect(named.out.contains("3 accepted by \(collector.endpoint)"), "\(named.out)")
        variables["OTEL_EXPORTER_OTLP_CLIENT_KEY"] = "/nowhere/client.key"
        let keyless = bench(variables).weir("run")
        #expect(keyless.code == 0 && keyless.out.contains("queued: "), "\(keyless.out)")
    }

    @Test func `where the collector speaks HTTP/2, so does Weir`() throws {
        let certificates = try TestCertificates()
        let tool = toolPath("h2_receiver.py")
        let server = Subprocess(
            [
                try OTLPChecker.python(), tool, certificates.serverCertificate,
                certificates.serverKey,
            ],
            environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"]
        )
        while !server.out.contains("\n") {
            try #require(server.wait(atMost: .milliseconds(10)) == nil, "\(server.err)")
        }
        let port = server.out.prefix { $0 != "\n" }
        let run = bench([
            "OTEL_EXPORTER_OTLP_ENDPOINT": "https://127.0.0.1:\(port)",
            "OTEL_EXPORTER_OTLP_CERTIFICATE": certificates.authority,
        ]).weir("run")
        #expect(run.out.contains("3 accepted by https://127.0.0.1:\(port)/v1/traces"), "\(run.out)")
        #expect(server.out.contains("POST /v1/traces application/json "), "\(server.err)")
    }

    @Test func `a proxy is gone through to other machines, and not to this one`() throws {
        let proxy = try LoopbackCollector()
        // A name that nobody but the proxy could know (RFC 6761).
        let away = bench([
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector.invalid:4318",
            "http_proxy": proxy.base,
        ]).weir("run")
        #expect(away.out.contains("3 accepted by http://collector.invalid:4318"), "\(away.out)")
        #expect(try proxy.stats(after: 3).spans == 3)
        #expect(try proxy.lastHeaders().contains("collector.invalid:4318"))
        let here = try LoopbackCollector()
        let near = bench([
            "OTEL_EXPORTER_OTLP_ENDPOINT": here.base, "http_proxy": "http://127.0.0.1:1",
        ]).weir("run")
        #expect(near.out.contains("3 accepted by \(here.endpoint)"), "\(near.out)")
    }
}
