import Glibc
import Pipeline
import Telemetry
import TestSupport
import Testing

@testable import Agent
@testable import Transport

/// W3C's cases from end to end: what a caller sends, what the run and its children get.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct TraceContextIntegrationTests {
    // MARK: - `POST /api/v1/pipelines/<name>/runs`

    private struct Server {
        let bench: AgentBench

        init(_ more: [String: String] = [:]) throws {
            bench = try AgentBench("traced", step: "exec: ['true']", more)
        }

        /// Starts a run by a request with these headers, byte for byte.
        func start(_ headers: [(name: String, value: String)]) throws -> JSONValue {
            let deadline = ContinuousClock.now + .seconds(60)
            while true {
                let answer = try bench.start("traced", headers)
                // Sixty-four runs at once, and no more.
                if answer.status == 503, ContinuousClock.now < deadline { continue }
                try #require(answer.status == 202, "\(answer.body)")
                return try JSONValue(parsing: Array(answer.body.utf8))
            }
        }

        func started(_ answer: JSONValue) throws -> RunStarted {
            let text = try #require(answer["run"]?.string)
            let id = try #require(RunID(hex: text))
            let first = try bench.agent.desk.state.run(id).firstEvent()
            guard case .runStarted(let started) = first.event else {
                throw TestSupportError("no start")
            }
            return started
        }

        func end() throws { try bench.end() }
    }

    @Test func `an agent makes of each request what the specification asks for`() throws {
        let server = try Server()
        for request in TraceContextCase.all {
            let answer = try server.start(request.headers)
            let started = try server.started(answer)
            let trace = try #require(answer["trace"]?.string)
            #expect(trace == started.trace.traceID.description)
            #expect((trace == TraceContextCase.trace) == request.isContinued, "\(request)")
            #expect(started.trace.state == request.state, "\(request)")
            guard request.isContinued else {
                #expect(trace == started.run.description, "\(request)")
                #expect(started.trace.parent == nil, "\(request)")
                continue
            }
            #expect(started.trace.parent?.description == TraceContextCase.span, "\(request)")
            #expect(started.trace.flags == request.flags, "\(request)")
        }
        try server.end()
    }

    @Test func `baggage in several headers is one list, and hostile members are left out`() throws {
        let server = try Server()
        let headers = [
            ("baggage", "user=alice;role=admin, bad key=1"), ("Baggage", "tenant=a%20b"),
            ("BAGGAGE", "quote=\"x\",last=1"),
        ]
        let started = try server.started(try server.start(headers))
        #expect(started.trace.baggage == "user=alice;role=admin,tenant=a%20b,last=1")
        let many = (0..<200).map { ("baggage", "k\($0)=" + String(repeating: "v", count: 20)) }
        let chunks = stride(from: 0, to: many.count, by: 50).map { start in
            ("baggage", many[start..<start + 50].map(\.1).joined(separator: ","))
        }
        let bounded = try server.started(try server.start(chunks))
        #expect(bounded.trace.baggage.split(separator: ",").count == 64)
        try server.end()
    }

    @Test func `what an agent was started with is no caller of its runs`() throws {
        let server = try Server([
            "TRACEPARENT": "00-\(TraceContextCase.trace)-\(TraceContextCase.span)-01",
            "TRACESTATE": "vendor=1", "BAGGAGE": "user=alice",
        ])
        let started = try server.started(try server.start([]))
        #expect(started.trace.traceID.description == started.run.description)
        #expect(started.trace.parent == nil)
        #expect(started.trace.state.isEmpty && started.trace.baggage.isEmpty)
        try server.end()
    }

    // MARK: - `weir run`

    /// What the child of a run with this environment finds in its own.
    private func child(_ bench: WeirBench, _ environment: [String: String]) throws -> [String] {
        bench.environment.merge(environment) { $1 }
        defer { for name in environment.keys { bench.environment[name] = nil } }
        let run = bench.weir("run", "--progress", "none")
        try #require(run.code == 0, "\(run.err)")
        let text = try #require(bench.folder.read("child"))
        return text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    @Test func `a child of weir run gets what the specification asks for`() throws {
        let bench = WeirBench()
        bench.pipeline(
            """
            steps:
              a: {run: 'printf "%s\\n" "$TRACEPARENT" "${TRACESTATE-unset}" "${BAGGAGE-unset}" > child'}
            """
        )
        for request in TraceContextCase.all {
            guard let environment = request.environment else { continue }
            let lines = try child(bench, environment)
            let fields = lines[0].split(separator: "-").map(String.init)
            try #require(fields.count == 4 && fields[0] == "00", "\(request): \(lines)")
            #expect((fields[1] == TraceContextCase.trace) == request.isContinued, "\(request)")
            #expect(fields[2] != TraceContextCase.span, "\(request)")
            #expect(lines[1] == (request.state.isEmpty ? "unset" : request.state), "\(request)")
            let flags = request.isContinued ? request.flags : 3
            #expect(fields[3] == "0\(flags)", "\(request)")
        }
    }

    @Test(
        arguments: [
            ("a=1\nTRACEPARENT=evil", "unset"), ("a=1\r\nX: 1,b=2", "b=2"),
            ("a=%0d%0a", "a=%0d%0a"),
            ("\u{1}=1,é=2,ok=3", "ok=3"), (String(repeating: "x", count: 60_000), "unset"),
        ]
    )
    func `hostile baggage ends here`(baggage: String, handedOn: String) throws {
        let bench = WeirBench()
        bench.pipeline(
            "steps: {a: {run: 'printf \"%s\\n\" \"${BAGGAGE-unset}\" > child; env > all'}}"
        )
        #expect(try child(bench, ["BAGGAGE": baggage])[0] == handedOn)
        let names = (bench.folder.read("all") ?? "").split(separator: "\n")
        #expect(names.count { $0.hasPrefix("TRACEPARENT=00-") } == 1)
        #expect(!names.contains { $0.hasPrefix("TRACEPARENT=evil") || $0.hasPrefix("X:") })
    }

    @Test func `attempts and steps of a run have parents of their own`() throws {
        let bench = WeirBench()
        bench.pipeline(
            """
            defaults: {retry: {attempts: 2, backoff: 1ms}}
            steps:
              a: {run: 'echo "$TRACEPARENT" >> seen; [ -e again ] || { touch again; exit 1; }'}
              b: {needs: a, run: 'echo "$TRACEPARENT" >> seen'}
            """
        )
        bench.environment["TRACEPARENT"] =
            "00-\(TraceContextCase.trace)-\(TraceContextCase.span)-00"
        #expect(bench.weir("run").code == 0)
        let lines = (bench.folder.read("seen") ?? "").split(separator: "\n")
        #expect(lines.count == 3 && Set(lines).count == 3)
        #expect(lines.allSatisfy { $0.hasPrefix("00-\(TraceContextCase.trace)-") })
        #expect(lines.allSatisfy { $0.hasSuffix("-00") }, "not sampled, and handed on")
    }

    @Test(
        arguments: [
            ["OTEL_TRACES_SAMPLER": "always_off"],
            ["OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0"],
            ["TRACEPARENT": "00-\(TraceContextCase.trace)-\(TraceContextCase.span)-00"],
        ]
    )
    func `a run that is not sampled sends nothing`(environment: [String: String]) throws {
        let collector = try LoopbackCollector()
        let bench = WeirBench(endpoint: collector.endpoint)
        bench.environment.merge(environment) { $1 }
        bench.environment["TRACESTATE"] = "vendor=1"
        bench.pipeline("steps: {a: {run: 'echo \"$TRACEPARENT ${TRACESTATE-}\" > child'}}")
        #expect(bench.weir("run").code == 0)
        let child = bench.folder.read("child") ?? ""
        let isCalled = environment["TRACEPARENT"] != nil
        #expect(child.hasSuffix(isCalled ? "-00 vendor=1\n" : "-02 \n"))
        // The next run is sampled, and all that the collector ever gets.
        bench.environment["OTEL_TRACES_SAMPLER"] = "always_on"
        #expect(bench.weir("run").code == 0)
        let verdict = try OTLPChecker.check(collector.bodiesFile, ["--expect-runs", "1"])
        #expect(verdict.isAccepted, "\(verdict.findings)")
    }
}
