import Glibc
import Synchronization
import TestSupport
import Testing
import Transport

@Suite(.timeLimit(.minutes(10)))
struct CurlThreadTests {
    let thread: CurlThread

    init() throws {
        thread = try CurlThread(name: "curl-test")
    }

    struct Status: CustomTestStringConvertible {
        var script: String
        var status: Int
        var retryAfter: ClosedRange<Double>?
        var testDescription: String { script }
    }

    @Test(arguments: [
        Status(script: "ok", status: 200),
        Status(script: "204", status: 204),
        Status(script: "garbage", status: 200),
        Status(script: "400", status: 400),
        Status(script: "401", status: 401),
        Status(script: "307", status: 307),
        Status(script: "429:7", status: 429, retryAfter: 7...7),
        Status(script: "503:date", status: 503, retryAfter: 1...3),
        Status(script: "503:99999999", status: 503, retryAfter: 900...900),
        Status(script: "503:soon", status: 503),
    ])
    func `gives the status and the time to wait`(_ row: Status) async throws {
        let collector = try LoopbackCollector(script: row.script)
        let response = try await thread.response(.post(to: collector))
        #expect(response.status == row.status)
        #expect((response.retryAfter == nil) == (row.retryAfter == nil))
        if let retryAfter = response.retryAfter, let expected = row.retryAfter {
            #expect(expected.contains(retryAfter / .seconds(1)))
        }
        thread.shutDown(within: .zero)
    }

    struct Failure: CustomTestStringConvertible {
        var script: String
        var kinds: Set<CurlFailure.Kind>
        var testDescription: String { script }
    }

    @Test(arguments: [
        Failure(script: "refuse", kinds: [.refused]),
        Failure(script: "hang", kinds: [.timeout]),
        Failure(script: "slow:60", kinds: [.timeout]),
        Failure(script: "close", kinds: [.closed]),
        Failure(script: "lost", kinds: [.closed]),
        Failure(script: "flood", kinds: [.tooLarge]),
        Failure(script: "headers", kinds: [.tooLarge, .malformed, .other]),
        Failure(script: "nonsense", kinds: [.malformed, .closed, .request, .other]),
    ])
    func `a server that misbehaves is an error with a kind`(_ row: Failure) async throws {
        let collector = try LoopbackCollector(script: row.script)
        var request = CurlRequest.post(to: collector)
        request.timeout = row.kinds == [.timeout] ? .milliseconds(300) : .seconds(30)
        let failure = try await thread.failure(request)
        #expect(row.kinds.contains(failure.kind), "\(failure)")
        #expect(!failure.message.isEmpty)
        thread.shutDown(within: .zero)
    }

    @Test(arguments: [
        CurlRequest(url: "file:///etc/passwd"),
        CurlRequest(url: "gopher://127.0.0.1/"),
        CurlRequest(url: "not a url"),
        CurlRequest(url: "http://127.0.0.1:1/\0"),
        CurlRequest(url: "http://127.0.0.1:1/", headers: [.init("A", "1\r\nEvil: yes")]),
        CurlRequest(url: "http://127.0.0.1:1/", headers: [.init("A:B", "1")]),
        CurlRequest(url: "http://127.0.0.1:1/", headers: [.init("", "1")]),
    ])
    func `a request that cannot be made is refused before any packet`(
        _ request: CurlRequest
    ) async throws {
        let failure = try await thread.failure(request)
        #expect(failure.kind == .request, "\(failure)")
        #expect(!failure.description.contains("Evil"))
        thread.shutDown(within: .zero)
    }

    @Test func `an unknown certificate file is an error, not a request without it`() async throws {
        let request = CurlRequest(
            url: "https://127.0.0.1:1/",
            tls: CurlTLS(authorityFile: "/nonexistent/ca.pem")
        )
        let failure = try await thread.failure(request)
        #expect([.request, .refused].contains(failure.kind), "\(failure)")
        thread.shutDown(within: .zero)
    }

    @Test func `the body arrives whole, and the answer is read in full`() async throws {
        let collector = try LoopbackCollector()
        let filler = String(repeating: "é\\\"x", count: 300_000)
        var request = CurlRequest.post(to: collector)
        request.body = Array("{\"resourceSpans\":[],\"x\":\"\(filler)\"}".utf8)
        let response = try await thread.response(request)
        #expect(response.status == 200)
        #expect(response.body == Array("{}".utf8))
        #expect(collector.bodies() == [String(decoding: request.body ?? [], as: UTF8.self)])
        // libcurl would ask first for bodies above 1 MiB, and wait a second for the permission.
        #expect(try !collector.lastHeaders().contains("expect"))
        thread.shutDown(within: .zero)
    }

    @Test func `a body that a kept connection lost is sent again from its beginning`() async throws
    {
        let collector = try LoopbackCollector(script: "ok,close,ok")
        _ = try await thread.response(.post(to: collector))
        let filler = String(repeating: "0123456789", count: 40_000)
        var request = CurlRequest.post(to: collector)
        request.body = Array("{\"resourceSpans\":[],\"x\":\"\(filler)\"}".utf8)
        let response = try await thread.response(request)
        #expect(response.status == 200)
        #expect(try collector.stats().requests == 3)
        #expect(collector.bodies().last == String(decoding: request.body ?? [], as: UTF8.self))
        thread.shutDown(within: .zero)
    }

    @Test func `an empty body is a body`() async throws {
        let collector = try LoopbackCollector(script: "400")
        var request = CurlRequest.post(to: collector)
        request.body = []
        #expect(try await thread.response(request).status == 400)
        #expect(try collector.lastHeaders().contains(#""content-length": "0""#))
        thread.shutDown(within: .zero)
    }

    @Test func `headers of one's own are sent, an empty one too`() async throws {
        let collector = try LoopbackCollector()
        var request = CurlRequest.post(to: collector)
        request.headers += [
            .init("User-Agent", "weir/1"), .init("X-A", "b, c=d"), .init("X-E", ""),
        ]
        _ = try await thread.response(request)
        let headers = try collector.lastHeaders()
        for part in [#""user-agent": "weir/1""#, #""x-a": "b, c=d""#, #""x-e": """#] {
            #expect(headers.contains(part), "\(headers)")
        }
        thread.shutDown(within: .zero)
    }

    @Test func `a proxy for the world is not asked for this machine`() async {
        await #expect(processExitsWith: .success) {
            for name in ["http_proxy", "all_proxy"] { setenv(name, "http://192.0.2.1:9", 1) }
            let collector = try LoopbackCollector()
            let thread = try CurlThread(name: "curl-test")
            let response = try await thread.response(.post(to: collector))
            try #require(response.status == 200)
            thread.shutDown(within: .zero)
        }
    }

    @Test func `many requests share four connections and all are answered`() async throws {
        let collector = try LoopbackCollector()
        let answers = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<40 {
                group.addTask { try await thread.response(.post(to: collector)).status }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers == Array(repeating: 200, count: 40))
        #expect(try collector.stats().requests == 40)
        thread.shutDown(within: .zero)
    }

    @Test func `a full mailbox refuses and calls nobody`() throws {
        let collector = try LoopbackCollector(script: "hang")
        let calls = Atomic<Int>(0)
        var taken = 0
        for _ in 0..<500 {
            let isTaken = thread.submit(.post(to: collector)) { _ in
                calls.add(1, ordering: .relaxed)
            }
            if isTaken { taken += 1 }
        }
        #expect(taken >= CurlLimits.waitingRequests)
        #expect(taken <= CurlLimits.waitingRequests + CurlLimits.liveTransfers)
        #expect(thread.shutDown(within: .zero))
        #expect(calls.load(ordering: .relaxed) == taken)
    }
}
