import Glibc
import Pipeline
import Synchronization
import TestSupport
import Testing

@testable import Agent
@testable import Transport

/// `Idempotency-Key` on a start, with the routes of one process.
@Suite(.timeLimit(.minutes(10)))
struct IdempotencyIntegrationTests {
    let bench: EndpointBench
    private let target = "/api/v1/pipelines/greet/runs"

    init() throws {
        bench = try EndpointBench()
    }

    private func start(
        _ body: String = "",
        key: String,
        pipeline: String = "greet"
    ) throws -> HTTPResponse {
        try bench.ask(
            .post,
            "/api/v1/pipelines/\(pipeline)/runs",
            body,
            ["Idempotency-Key": key],
            token: bench.token
        )
    }

    @Test func `the same request begins one run and gets one answer, byte for byte`() throws {
        let first = try start(#"{"params": {"who": "you", "times": 3}}"#, key: #""k-1""#)
        #expect(first.status == 202)
        let again = try start(#"{"params": {"times": "3", "who": "you"}}"#, key: "k-1")
        #expect(again == first)
        let other = try start(#"{"params": {"who": "you", "times": 3}}"#, key: "k-2")
        #expect(other.status == 202)
        #expect(other.body != first.body)
        #expect(try bench.desk.state.runIDs().count == 2)
        bench.desk.drain()
        #expect(try start(#"{"params": {"who": "you", "times": 3}}"#, key: "k-1") == first)
        _ = bench.desk.host.stop()
        #expect(try bench.desk.state.runIDs().count == 2)
    }

    @Test func `the same key for anything else is refused`() throws {
        #expect(try start(key: "k").status == 202)
        let other = try start(#"{"params": {"who": "you"}}"#, key: "k")
        #expect(other.status == 422)
        #expect(other.contentType == "application/problem+json")
        #expect(try start(key: "k", pipeline: "wait").status == 422)
        #expect(try bench.desk.state.runIDs().count == 1)
        _ = bench.desk.host.stop()
    }

    @Test func `a request that began nothing may be corrected under its key`() throws {
        #expect(try start(#"{"params": {"times": "many"}}"#, key: "k").status == 400)
        #expect(try start(#"{"params": {"times": 2}}"#, key: "k").status == 202)
        #expect(try start(key: "j", pipeline: "gret").status == 404)
        #expect(try start(key: "j").status == 202)
        _ = bench.desk.host.stop()
    }

    @Test func `a key whose run is being begun is a conflict`() throws {
        let gate = try #require(EventDescriptor())
        try #require(bench.desk.work.submit { _ = gate.wait(atMost: .seconds(30)) })
        let first = try bench.begin(.post, target, ["Idempotency-Key": "k"])
        let second = try start(key: "k")
        #expect(second.status == 409)
        #expect(second.headers["Retry-After"] != nil)
        #expect(try start(#"{"params": {"who": "you"}}"#, key: "k").status == 422)
        gate.signal()
        let answer = try first()
        #expect(answer.status == 202)
        #expect(try start(key: "k") == answer)
        #expect(try bench.desk.state.runIDs().count == 1)
        _ = bench.desk.host.stop()
    }

    @Test func `a request that finds the work thread full counts as never sent`() throws {
        let gate = try #require(EventDescriptor())
        let begun = try #require(EventDescriptor())
        try #require(
            bench.desk.work.submit {
                begun.signal()
                _ = gate.wait(atMost: .seconds(30))
            }
        )
        try #require(begun.wait(atMost: .seconds(30)))
        while bench.desk.work.submit({}) {}
        #expect(try start(key: "k").status == 503)
        gate.signal()
        while try start(key: "k").status == 503 {}
        #expect(try start(key: "k").status == 202)
        #expect(try bench.desk.state.runIDs().count == 1)
        _ = bench.desk.host.stop()
    }

    @Test func `without a thread nothing is begun, and the key is free`() throws {
        let isOut = Mutex(true)
        let system = System(isOut: isOut)
        let bench = try EndpointBench(threads: { name, body throws(SystemError) in
            if system.isOut.withLock({ $0 }) { throw SystemError("pthread_create", code: EAGAIN) }
            return try NamedThread(name, body)
        })
        func start() throws -> HTTPResponse {
            try bench.ask(.post, target, "", ["Idempotency-Key": "k"], token: bench.token)
        }
        let refused = try start()
        #expect(refused.status == 503)
        #expect(refused.headers["Retry-After"] != nil)
        #expect(try bench.json(refused)["detail"]?.string?.contains("pthread_create") == true)
        #expect(try bench.desk.state.runIDs().isEmpty)
        system.isOut.withLock { $0 = false }
        #expect(try start().status == 202)
        _ = bench.desk.host.stop()
    }

    private final class System: Sendable {
        let isOut: Mutex<Bool>

        init(isOut: consuming Mutex<Bool>) { self.isOut = isOut }
    }

    @Test(arguments: ["", #""a"b"#, "a b", String(repeating: "k", count: 256)])
    func `a key that is none is refused`(key: String) throws {
        let response = try start(key: key)
        #expect(response.status == 400)
        #expect(try bench.json(response)["detail"]?.string?.contains("empotency") == true)
        #expect(try bench.desk.state.runIDs().isEmpty)
    }
}
