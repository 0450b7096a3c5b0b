import Glibc
import Pipeline
import Telemetry
import TestSupport
import Testing
import Transport

@testable import Agent

/// What a child meets at its endpoint.
@Suite(.timeLimit(.minutes(10)))
struct ReceiverTests {
    @Test func `a body is in the run's file when its sender is told 200`() throws {
        let bench = try ReceiverBench()
        let attempt = AttemptRef(step: "second", part: .condition, number: 2)
        let answer = try bench.post(makeTraces(3), path: bench.path(attempt, step: 1))
        #expect(answer.status == 200)
        #expect(answer.header("content-type") == "application/x-protobuf")
        #expect(answer.body.isEmpty)
        let body = try #require(try bench.bodies().first)
        #expect(body == expected(makeTraces(3), .protobuf, items: 3, attempt))
        #expect(bench.run.synced(.traces) > 0)
        #expect(bench.storage.syncs > 0)
    }

    private func expected(
        _ bytes: [UInt8],
        _ encoding: OTLPEncoding,
        items: Int,
        _ attempt: AttemptRef = AttemptRef(step: "first", number: 1)
    ) -> ReceivedBody {
        ReceivedBody(
            sequence: 1,
            signal: .traces,
            encoding: encoding,
            items: items,
            attempt: attempt,
            at: instant(9),
            bytes: bytes
        )
    }

    @Test func `JSON is answered in JSON, whatever stands behind the type`() throws {
        let bench = try ReceiverBench()
        let type = "Application/JSON ; charset=utf-8"
        let answer = try bench.post(
            makeTraceJSON(),
            type: type,
            fields: "Content-Encoding: identity\r\n"
        )
        #expect(answer.status == 200)
        #expect(answer.header("content-type") == "application/json")
        #expect(answer.body == "{}")
        #expect(try bench.bodies() == [expected(makeTraceJSON(), .json, items: 1)])
    }

    @Test func `each signal has its own file`() throws {
        let bench = try ReceiverBench()
        let log = Array(#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{},{}]}]}]}"#.utf8)
        #expect(try bench.post(log, "v1/logs", type: "application/json").status == 200)
        #expect(try bench.bodies(.logs).map(\.items) == [2])
        #expect(bench.isEmpty)
        let metric =
            #"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"sum":{"dataPoints":[{}]}}]}]}]}"#
        let points = Array(metric.utf8)
        #expect(try bench.post(points, "v1/metrics", type: "application/json").status == 200)
        #expect(try bench.bodies(.metrics).map(\.items) == [1])
    }

    @Test func `chunks are joined, and a connection is used again`() throws {
        let bench = try ReceiverBench()
        let client = try bench.client()
        for _ in 1...2 {
            let body = makeTraces(2)
            let head =
                "POST \(bench.path())/v1/traces HTTP/1.1\r\nHost: x\r\n"
                + "Content-Type: application/x-protobuf\r\nTransfer-Encoding: chunked\r\n\r\n"
            client.send(head)
            for byte in body { client.send(Array("1\r\n".utf8) + [byte] + Array("\r\n".utf8)) }
            client.send("0\r\n\r\n")
            #expect(try client.answer().status == 200)
        }
        #expect(try bench.bodies().map(\.bytes) == [makeTraces(2), makeTraces(2)])
    }

    @Test func `an empty request is welcome and leaves nothing behind`() throws {
        let bench = try ReceiverBench()
        #expect(try bench.post([]).status == 200)
        #expect(try bench.post(Array("{}".utf8), type: "application/json").status == 200)
        #expect(bench.isEmpty)
    }

    @Test func `what is no token of a run leads nowhere, whichever part is wrong`() throws {
        let bench = try ReceiverBench()
        let right = bench.path()
        let other = try ReceiverBench()
        let wrong = [
            String(right.dropLast()) + (right.last == "0" ? "1" : "0"), "/c/x",
            "/c/2-0-main-1-" + right.suffix(32), other.path(),
            bench.path(AttemptRef(step: "none", number: 1), step: 2),
        ]
        var answers: Set<String> = []
        for path in wrong {
            let answer = try bench.post(makeTraces(), path: path)
            #expect(answer.status == 404, "\(path)")
            answers.insert(answer.body)
        }
        #expect(answers.count == 1)
        #expect(bench.isEmpty)
    }

    @Test func `other methods and paths are told so`() throws {
        let bench = try ReceiverBench()
        #expect(try bench.client().get(bench.path() + "/v1/traces").status == 405)
        #expect(try bench.client().get(bench.path() + "/v1/traces", "PUT").status == 405)
        #expect(try bench.post(makeTraces(), "v1/profiles").status == 404)
        #expect(try bench.client().get("/").status == 404)
        #expect(bench.isEmpty)
    }

    @Test func `what is no body of OTLP is refused in its own encoding, and says where`() throws {
        let bench = try ReceiverBench()
        let lying = try bench.post([0x0A, 0x7F, 1])
        #expect(lying.status == 400)
        #expect(lying.header("content-type") == "application/x-protobuf")
        // google.rpc.Status: code 3, INVALID_ARGUMENT, and the message.
        #expect(lying.body.utf8.starts(with: [0x08, 3, 0x12]))
        #expect(lying.body.contains("a field of 127 bytes exceeds its message at byte 1"))
        let deep = Array(String(repeating: #"{"a":"#, count: 300_000).utf8)
        let answer = try bench.post(deep, type: "application/json")
        #expect(answer.status == 400)
        #expect(
            answer.body.hasPrefix(
                #"{"code":3,"message":"not the request of v1/traces: more than 200"#
            )
        )
        #expect(try bench.post(Array(makeTraces(5).dropLast()), type: nil).status == 415)
        #expect(try bench.post(Array(makeTraces(5).dropLast())).status == 400)
        #expect(bench.isEmpty)
    }

    @Test(arguments: ["text/plain", "application/grpc", "application/jsonx", ""])
    func `another type is refused`(_ type: String) throws {
        let bench = try ReceiverBench()
        let answer = try bench.post(makeTraces(), type: type)
        #expect(answer.status == 415)
        #expect(answer.body.contains("application/x-protobuf or application/json"))
    }

    @Test func `what is squeezed is refused, and says what to do`() throws {
        let bench = try ReceiverBench()
        let gzip: [UInt8] = [0x1F, 0x8B, 8, 0]
        let answer = try bench.post(
            gzip,
            type: "application/json",
            fields: "Content-Encoding: gzip\r\n"
        )
        #expect(answer.status == 415)
        #expect(answer.body.contains("send it plain, without Content-Encoding"))
    }

    @Test func `a signal that nobody would get is not taken`() throws {
        let bench = try ReceiverBench(signals: [.traces])
        let answer = try bench.post([], "v1/logs", type: "application/json")
        #expect(answer.status == 404)
        #expect(answer.body.contains("no endpoint for logs is set"))
        #expect(try bench.post(makeTraces()).status == 200)
    }

    @Test func `a secret's value stays out of the file`() throws {
        let bench = try ReceiverBench(secrets: ["hunter2hunter2"])
        #expect(try bench.post(makeTraces(name: "my hunter2hunter2")).status == 200)
        let json = makeTraceJSON(name: "my \\u0068unter2hunter2")
        #expect(try bench.post(json, type: "application/json").status == 200)
        let bodies = try bench.bodies().map { String(decoding: $0.bytes, as: UTF8.self) }
        #expect(bodies[0].contains("my **************"))
        #expect(bodies[1].contains(#""name":"my ***""#))
        #expect(!bodies.joined().contains("hunter2"))
    }

    @Test func `who hangs up or stands still holds up nobody`() throws {
        let bench = try ReceiverBench()
        var clients: [HTTPTestClient] = []
        for _ in 0..<50 {
            let client = try bench.client()
            client.send(Array(bench.request(makeTraces(100)).dropLast(10)))
            clients.append(client)
        }
        #expect(try bench.post(makeTraces()).status == 200)
        clients = []
        #expect(try bench.post(makeTraces()).status == 200)
        #expect(try bench.bodies().count == 2)
    }
}
