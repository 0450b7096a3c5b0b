import Pipeline
import Telemetry
import Testing

struct OTelConfigurationTests {
    /// One variable, or several: what it gives, and the warnings it causes.
    private func read(_ environment: [String: String]) -> OTelConfiguration {
        OTelConfiguration(environment: environment)
    }

    private func warnings(_ environment: [String: String]) -> [String] {
        read(environment).warnings.map(\.description)
    }

    private static let endpoint = ["OTEL_EXPORTER_OTLP_ENDPOINT": "http://h:4318"]

    @Test func `has the standard's defaults, and sends nothing without an endpoint`() {
        for environment in [[:], ["OTEL_SDK_DISABLED": "", "OTEL_EXPORTER_OTLP_ENDPOINT": ""]] {
            let configuration = read(environment)
            #expect(!configuration.isDisabled)
            #expect(configuration.serviceName == nil)
            #expect(configuration.resourceAttributes.isEmpty)
            #expect(configuration.propagators == [.traceContext, .baggage])
            #expect(configuration.sampler == .parentBased(root: .alwaysOn))
            #expect(configuration.spanLimits == SpanLimits())
            #expect(configuration.export == nil)
            #expect(configuration.warnings.isEmpty)
        }
    }

    struct Endpoints {
        @Test(
            arguments: [
                ("http://h:4318", "http://h:4318/v1/traces"),
                ("http://h:4318/", "http://h:4318/v1/traces"),
                ("http://h:4318/a", "http://h:4318/a/v1/traces"),
                ("http://h:4318/a/", "http://h:4318/a/v1/traces"),
                ("https://h", "https://h/v1/traces"),
                ("HTTPS://H.example", "HTTPS://H.example/v1/traces"),
                ("http://h/a?key=1", "http://h/a/v1/traces?key=1"),
                ("http://h?key=/x", "http://h/v1/traces?key=/x"),
                ("http://u:p@h:1/", "http://u:p@h:1/v1/traces"),
                ("http://[::1]:4318", "http://[::1]:4318/v1/traces"),
                (" http://h:4318 ", "http://h:4318/v1/traces"),
            ]
        )
        func `appends the path to a base URL`(base: String, url: String) {
            let configuration = OTelConfiguration(environment: ["OTEL_EXPORTER_OTLP_ENDPOINT": base]
            )
            #expect(configuration.export?.endpoint == url)
            #expect(configuration.warnings.isEmpty)
        }

        @Test(
            arguments: [
                ("http://h:4318", "http://h:4318/"),
                ("http://h:4318/", "http://h:4318/"),
                ("https://h/otlp/v1/traces", "https://h/otlp/v1/traces"),
                ("https://h/in/", "https://h/in/"),
                ("https://h?x=1", "https://h/?x=1"),
            ]
        )
        func `uses the URL for traces as it stands`(url: String, expected: String) {
            let environment = [
                "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": url,
                "OTEL_EXPORTER_OTLP_ENDPOINT": "http://x",
            ]
            let configuration = OTelConfiguration(environment: environment)
            #expect(configuration.export?.endpoint == expected)
        }

        @Test(
            arguments: [
                "h:4318", "ftp://h", "http://", "http:///v1", "http://:4318", "http://h:port",
                "http://h:99999", "http://h/a b", "http://u@", "unix:/run/x", "http://[::1",
                "http://[::1]x", "http://h/é",
            ]
        )
        func `refuses what is no URL, without repeating it`(url: String) {
            let configuration = OTelConfiguration(environment: ["OTEL_EXPORTER_OTLP_ENDPOINT": url])
            #expect(configuration.export == nil)
            #expect(
                configuration.warnings.map(\.description) == [
                    "OTEL_EXPORTER_OTLP_ENDPOINT is not an http or https URL with a host: "
                        + "nothing is sent there"
                ]
            )
        }

        @Test func `each signal has its endpoint, and what the traces' variables say is theirs`() {
            let configuration = OTelConfiguration(environment: [
                "OTEL_EXPORTER_OTLP_ENDPOINT": "https://x/otlp/",
                "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": "https://y:9/in",
                "OTEL_EXPORTER_OTLP_HEADERS": "a=1", "OTEL_EXPORTER_OTLP_LOGS_HEADERS": "b=2",
                "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT": "7", "OTEL_METRICS_EXPORTER": "none",
            ])
            #expect(
                configuration.exports.mapValues(\.endpoint) == [
                    .traces: "https://x/otlp/v1/traces", .logs: "https://y:9/in",
                ]
            )
            #expect(configuration.exports[.traces]?.headers.map(\.name) == ["a"])
            #expect(configuration.exports[.logs]?.headers.map(\.name) == ["b"])
            #expect(configuration.exports[.traces]?.timeout == .milliseconds(7))
            #expect(configuration.exports[.logs]?.timeout == .seconds(10))
            #expect(configuration.warnings.isEmpty)
        }

        @Test func `what is set for a signal without an endpoint is told`() {
            let configuration = OTelConfiguration(environment: [
                "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://x",
                "OTEL_EXPORTER_OTLP_HEADERS": "a=1", "OTEL_EXPORTER_OTLP_LOGS_HEADERS": "b=2",
            ])
            #expect(Set(configuration.exports.keys) == [.traces])
            #expect(
                configuration.warnings.map(\.description) == [
                    "OTEL_EXPORTER_OTLP_LOGS_HEADERS has no effect: "
                        + "no endpoint is set, so logs are not sent"
                ]
            )
        }

        @Test func `falls back to the base URL when the one for traces is malformed`() {
            let environment = [
                "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "h",
                "OTEL_EXPORTER_OTLP_ENDPOINT": "http://x",
            ]
            let configuration = OTelConfiguration(environment: environment)
            #expect(configuration.export?.endpoint == "http://x/v1/traces")
            #expect(
                configuration.warnings.map(\.variable) == ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"]
            )
        }
    }

    @Test func `reads how to send, the form for traces first`() throws {
        let configuration = read([
            "OTEL_EXPORTER_OTLP_ENDPOINT": "https://h",
            "OTEL_EXPORTER_OTLP_HEADERS": "a=1",
            "OTEL_EXPORTER_OTLP_TRACES_HEADERS": "Authorization=Bearer%20x , b = 2=3",
            "OTEL_EXPORTER_OTLP_TIMEOUT": "1",
            "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT": "250",
            "OTEL_EXPORTER_OTLP_CERTIFICATE": "/ca.pem",
            "OTEL_EXPORTER_OTLP_CLIENT_KEY": "/key.pem",
            "OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE": "/cert.pem",
            "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
            "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "HTTP/JSON",
            "OTEL_EXPORTER_OTLP_COMPRESSION": "none",
            "OTEL_TRACES_EXPORTER": "OTLP",
            "OTEL_BSP_SCHEDULE_DELAY": "0",
            "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "100",
        ])
        let export = try #require(configuration.export)
        #expect(export.headers.map(\.name) == ["Authorization", "b"])
        #expect(export.headers.map(\.value) == ["Bearer x", "2=3"])
        #expect(export.timeout == .milliseconds(250))
        #expect(export.certificate == "/ca.pem")
        #expect(export.clientKey == "/key.pem")
        #expect(export.clientCertificate == "/cert.pem")
        #expect(export.scheduleDelay == .zero)
        #expect(export.batchSpans == 100)
        #expect(configuration.warnings.isEmpty)
    }

    @Test func `takes a timeout of 0 as no limit`() {
        let zero = OTelConfigurationTests.endpoint.merging(["OTEL_EXPORTER_OTLP_TIMEOUT": "0"]) {
            $1
        }
        #expect(read(zero).export?.timeout == .some(nil))
        #expect(read(OTelConfigurationTests.endpoint).export?.timeout == .seconds(10))
    }

    @Test(arguments: ["none", "console", "NONE", "none,zipkin"])
    func `sends nothing for another exporter`(exporter: String) {
        let environment = OTelConfigurationTests.endpoint
            .merging(["OTEL_TRACES_EXPORTER": exporter]) { $1 }
        #expect(read(environment).export == nil)
    }

    @Test func `sends nothing when disabled, and still propagates`() {
        let environment = OTelConfigurationTests.endpoint
            .merging(["OTEL_SDK_DISABLED": "True"]) { $1 }
        let configuration = read(environment)
        #expect(configuration.isDisabled)
        #expect(configuration.export == nil)
        #expect(configuration.propagators == [.traceContext, .baggage])
    }

    @Test(
        arguments: [
            ("always_on", nil, .alwaysOn),
            ("always_off", nil, .alwaysOff),
            ("traceidratio", "0.25", .traceIDRatio(0.25)),
            ("traceidratio", nil, .traceIDRatio(1)),
            ("TraceIdRatio", "1e-3", .traceIDRatio(0.001)),
            ("parentbased_always_on", nil, .standard),
            ("parentbased_always_off", nil, .parentBased(root: .alwaysOff)),
            ("parentbased_traceidratio", "0", .parentBased(root: .traceIDRatio(0))),
        ] as [(String, String?, Sampler)]
    )
    func `knows the samplers`(name: String, argument: String?, sampler: Sampler) {
        let configuration = read([
            "OTEL_TRACES_SAMPLER": name, "OTEL_TRACES_SAMPLER_ARG": argument ?? "",
        ])
        #expect(configuration.sampler == sampler)
        #expect(configuration.warnings.isEmpty)
    }

    @Test(
        arguments: [
            ("tracecontext", [.traceContext]),
            ("baggage,tracecontext,baggage", [.baggage, .traceContext]),
            (" TraceContext , ", [.traceContext]),
            ("none", []),
        ] as [(String, [Propagator])]
    )
    func `knows the propagators`(list: String, propagators: [Propagator]) {
        let configuration = read(["OTEL_PROPAGATORS": list])
        #expect(configuration.propagators == propagators)
        #expect(configuration.warnings.isEmpty)
    }

    @Test func `takes the limit for spans, then the one for all`() {
        let general = read([
            "OTEL_ATTRIBUTE_COUNT_LIMIT": "10", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT": "20",
            "OTEL_SPAN_EVENT_COUNT_LIMIT": "3", "OTEL_SPAN_LINK_COUNT_LIMIT": "0",
        ])
        let limits = SpanLimits(
            attributeCount: 10,
            attributeValueLength: 20,
            eventCount: 3,
            linkCount: 0,
            eventAttributeCount: 10,
            linkAttributeCount: 10
        )
        #expect(general.spanLimits == limits)
        let specific = read([
            "OTEL_ATTRIBUTE_COUNT_LIMIT": "10", "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": "11",
            "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT": "20",
            "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT": "21",
            "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT": "2", "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT": "0",
        ])
        #expect(specific.spanLimits.eventAttributeCount == 2)
        #expect(specific.spanLimits.linkAttributeCount == 0)
        #expect(specific.spanLimits.attributeCount == 11)
        #expect(specific.spanLimits.attributeValueLength == 21)
    }

    @Test(
        arguments: [
            ("a=1,b=2", ["a=1", "b=2"]),
            (" a = 1 , b=x%2Cy%3Dz", ["a=1", "b=x,y=z"]),
            ("k%20ey=gr%C3%B6%C3%9Fe", ["k ey=größe"]),
            ("team=data platform,empty=", ["team=data platform", "empty="]),
            ("a=1,a=2,", ["a=2"]),
        ] as [(String, [String])]
    )
    func `reads resource attributes`(text: String, expected: [String]) {
        let configuration = read(["OTEL_RESOURCE_ATTRIBUTES": text])
        let found = configuration.resourceAttributes.map { attribute in
            guard case .text(let value) = attribute.value else { return "not a text" }
            return "\(attribute.key)=\(value)"
        }
        #expect(found == expected)
        #expect(configuration.warnings.isEmpty)
    }

    @Test(arguments: ["a", "a=1,b", "=1", "a=%", "a=%4", "a=%zz", "a=%ff", "a=%0a", "a=\u{1}"])
    func `discards resource attributes for any error`(text: String) {
        let configuration = read(["OTEL_RESOURCE_ATTRIBUTES": "good=1," + text])
        #expect(configuration.resourceAttributes.isEmpty)
        #expect(
            configuration.warnings.map(\.description) == [
                "OTEL_RESOURCE_ATTRIBUTES is not a list of the form key=value,key2=value2, "
                    + "percent-encoded: none of it is used"
            ]
        )
    }

    @Test func `discards resource attributes without end`() {
        let text = "a=" + String(repeating: "x", count: 40_000)
        let configuration = read(["OTEL_RESOURCE_ATTRIBUTES": text])
        #expect(configuration.resourceAttributes.isEmpty)
        #expect(configuration.warnings.count == 1)
    }

    @Test(arguments: ["a", "a b=1", "a=%0d%0aHost: x", "=1", "a=1,b"])
    func `sends no header when one is malformed, and never shows them`(text: String) {
        let environment = OTelConfigurationTests.endpoint
            .merging(["OTEL_EXPORTER_OTLP_HEADERS": "api-key=hunter22," + text]) { $1 }
        #expect(read(environment).export?.headers == [])
        let shown = warnings(environment)
        #expect(shown.count == 1)
        #expect(shown.allSatisfy { !$0.contains("hunter22") })
    }

    @Test(
        arguments: [
            ("OTEL_SDK_DISABLED", "yes", "'yes' is not true or false: taken as false"),
            ("OTEL_PROPAGATORS", "b3", "'b3' is not supported yet: it is left out"),
            ("OTEL_PROPAGATORS", "b4", "'b4' is not a propagator: it is left out"),
            (
                "OTEL_TRACES_SAMPLER", "xray",
                "'xray' is not supported yet: parentbased_always_on is used"
            ),
            (
                "OTEL_TRACES_SAMPLER", "some",
                "'some' is not a sampler: parentbased_always_on is used"
            ),
            ("OTEL_TRACES_EXPORTER", "console", "'console' is not supported yet: it is left out"),
            ("OTEL_TRACES_EXPORTER", "otpl", "'otpl' is not an exporter: it is left out"),
            (
                "OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf",
                "'http/protobuf' is not supported yet: http/json is sent"
            ),
            (
                "OTEL_EXPORTER_OTLP_PROTOCOL", "smtp",
                "'smtp' is not a protocol: http/json is sent"
            ),
            (
                "OTEL_EXPORTER_OTLP_COMPRESSION", "gzip",
                "'gzip' is not supported yet: requests are plain"
            ),
            (
                "OTEL_EXPORTER_OTLP_TIMEOUT", "10s",
                "'10s' is not a number of milliseconds: the default is used"
            ),
            (
                "OTEL_EXPORTER_OTLP_TIMEOUT", "-1",
                "'-1' is not a number of milliseconds: the default is used"
            ),
            (
                "OTEL_BSP_SCHEDULE_DELAY", "99999999999999999999",
                "'99999999999999999999' is not a number of milliseconds: the default is used"
            ),
            ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "0", "'0' is not from 1 to 512: 512 is used"),
            ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "513", "'513' is not from 1 to 512: 512 is used"),
            (
                "OTEL_SPAN_EVENT_COUNT_LIMIT", "many",
                "'many' is not a whole number from 0: the default is used"
            ),
            ("OTEL_METRICS_EXPORTER", "console", "'console' is not supported yet: it is left out"),
            ("OTEL_LOGS_EXPORTER", "console", "'console' is not supported yet: it is left out"),
        ]
    )
    func `warns of a value`(variable: String, value: String, warning: String) {
        let environment = OTelConfigurationTests.endpoint.merging([variable: value]) { $1 }
        #expect(warnings(environment) == ["\(variable)=\(warning)"])
    }

    @Test(arguments: ["nan", "1.5", "-0.1", "half", "0x1p-1", "inf"])
    func `takes a malformed ratio as 1`(ratio: String) {
        let environment = [
            "OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": ratio,
        ]
        #expect(read(environment).sampler == .traceIDRatio(1))
        #expect(
            warnings(environment)
                == ["OTEL_TRACES_SAMPLER_ARG='\(ratio)' is not a number from 0 to 1: 1 is used"]
        )
    }

    @Test(
        arguments: [
            (
                ["OTEL_TRACES_SAMPLER_ARG": "0.5"],
                "OTEL_TRACES_SAMPLER_ARG has no effect: OTEL_TRACES_SAMPLER is not set"
            ),
            (
                ["OTEL_TRACES_SAMPLER": "always_on", "OTEL_TRACES_SAMPLER_ARG": "0.5"],
                "OTEL_TRACES_SAMPLER_ARG has no effect: the sampler always_on takes no argument"
            ),
            (
                ["OTEL_EXPORTER_OTLP_HEADERS": "a=1"],
                "OTEL_EXPORTER_OTLP_HEADERS has no effect: "
                    + "no endpoint is set, so spans are not sent"
            ),
            (
                ["OTEL_TRACES_EXPORTER": "otlp"],
                "OTEL_TRACES_EXPORTER has no effect: no endpoint is set, so spans are not sent"
            ),
            (
                endpoint.merging(["OTEL_EXPORTER_OTLP_CLIENT_KEY": "/k"]) { $1 },
                "OTEL_EXPORTER_OTLP_CLIENT_KEY has no effect: "
                    + "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE is not set"
            ),
            (
                endpoint.merging(["OTEL_EXPORTER_OTLP_INSECURE": "true"]) { $1 },
                "OTEL_EXPORTER_OTLP_INSECURE has no effect: the scheme of the endpoint decides"
            ),
            (
                endpoint.merging(["OTEL_BSP_MAX_QUEUE_SIZE": "10"]) { $1 },
                "OTEL_BSP_MAX_QUEUE_SIZE has no effect: "
                    + "spans wait in the runs' journals, so there is no queue to fill"
            ),
            (
                ["OTEL_CONFIG_FILE": "/otel.yaml"],
                "OTEL_CONFIG_FILE is not supported yet: it is not looked at"
            ),
            (
                ["OTEL_EXPORTER_OTLP_ENDPIONT": "http://h"],
                "OTEL_EXPORTER_OTLP_ENDPIONT is not a variable of OpenTelemetry: check its spelling"
            ),
        ] as [([String: String], String)]
    )
    func `warns of a variable`(environment: [String: String], warning: String) {
        #expect(warnings(environment) == [warning])
    }

    @Test(
        arguments: [
            ("OTEL_METRICS_EXPORTER", "none"), ("OTEL_METRICS_EXPORTER", "prometheus"),
            ("OTEL_LOGS_EXPORTER", "none"), ("OTEL_PYTHON_LOG_CORRELATION", "true"),
            ("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "1"), ("OTELCOL_HOME", "/"),
        ]
    )
    func `is silent about what asks for nothing else, or is for others`(name: String, value: String)
    {
        #expect(warnings([name: value]) == [])
    }

    @Test func `shows a long value shortened and on one line`() {
        let value = "a\nb" + String(repeating: "x", count: 500)
        let shown = warnings(["OTEL_TRACES_SAMPLER": value])
        #expect(shown.allSatisfy { !$0.contains("\n") && $0.count < 200 })
        #expect(shown.count == 1)
    }
}
