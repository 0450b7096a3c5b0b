import Glibc
import TestSupport
import Testing
import Transport

/// Clients that are slow, many, or both.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct HTTPServerLoadIntegrationTests {
    init() {
        // A thousand connections have two thousand ends, and both are here.
        var files = rlimit()
        getrlimit(Int32(RLIMIT_NOFILE.rawValue), &files)
        files.rlim_cur = files.rlim_max
        setrlimit(Int32(RLIMIT_NOFILE.rawValue), &files)
    }

    private func limits(_ change: (inout HTTPLimits) -> Void) -> HTTPLimits {
        var limits = HTTPLimits()
        change(&limits)
        return limits
    }

    @Test func `a head or a body that takes too long is 408`() throws {
        let server = try HTTPTestServer(
            limits: limits {
                $0.headTimeout = .milliseconds(100)
                $0.bodyTimeout = .milliseconds(100)
            }
        )
        for start in [
            "GET /hello HT", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nx",
        ] {
            let client = try server.client()
            client.send(start)
            #expect(try client.answer().status == 408)
            #expect(client.rest()?.isEmpty == true)
        }
        #expect(server.server.statistics.timedOut == 2)
        #expect(server.exchanges == ["- 408", "- 408"])
    }

    @Test func `a client that drips is not given more time for every byte`() throws {
        let server = try HTTPTestServer(limits: limits { $0.headTimeout = .milliseconds(200) })
        let client = try server.client()
        client.send("GET /hello HTTP/1.1\r\nHost: a\r\nA: ")
        let deadline = ContinuousClock.now + .seconds(20)
        while client.send("b") > 0, server.server.statistics.timedOut == 0 {
            try #require(ContinuousClock.now < deadline)
            _ = try server.client().get("/hello")
        }
        #expect(try client.answer().status == 408)
    }

    @Test func `an idle connection is closed without a word`() throws {
        let server = try HTTPTestServer(limits: limits { $0.idleTimeout = .milliseconds(100) })
        let client = try server.client()
        #expect(try client.get("/hello").status == 200)
        #expect(client.rest()?.isEmpty == true)
        #expect(server.server.statistics.timedOut == 0)
    }

    @Test func `a reader that takes nothing is disconnected`() throws {
        let server = try HTTPTestServer(limits: limits { $0.writeTimeout = .milliseconds(200) })
        let client = try server.client(receiveBuffer: 4_096)
        client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        try server.until { $0.timedOut == 1 }
        #expect(throws: TestSupportError.self) { try client.answer() }
        #expect(server.server.statistics.heldBytes < 1 << 20)
    }

    @Test func `an answer that never comes becomes 503`() throws {
        let server = try HTTPTestServer(limits: limits { $0.replyTimeout = .milliseconds(100) })
        let client = try server.client()
        client.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n")
        let responder = try server.responder()
        #expect(try client.answer().status == 503)
        responder.answer(.text("too late"))
        #expect(client.rest()?.isEmpty == true)
        try server.until { $0.lostReplies == 1 }
    }

    @Test func `a quick client is served within a second beside a thousand that hang`() throws {
        let server = try HTTPTestServer()
        let starts = [
            "", "G", "GET /hello HTTP/1.1\r\nHost: a\r\n",
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\nx",
        ]
        let slow = try (0..<1_000).map { number in
            let client = try server.client()
            client.send(starts[number % 4])
            return client
        }
        try server.until { $0.open >= 1_000 }
        for _ in 0..<20 {
            let start = ContinuousClock.now
            #expect(try server.client().get("/hello").body == "hello")
            #expect(ContinuousClock.now - start < .seconds(1))
        }
        #expect(server.server.statistics.rejected == 0)
        #expect(slow.count == 1_000)
    }

    @Test func `clients that hang at their body or answer make room, too`() throws {
        let server = try HTTPTestServer(
            limits: limits {
                $0.connections = 2
                $0.shedBusyAfter = .milliseconds(50)
            }
        )
        let sender = try server.client()
        sender.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\nx")
        let reader = try server.client(receiveBuffer: 4_096)
        reader.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        try server.until { $0.shed >= 1 }
        #expect(try server.client().get("/hello").status == 200)
        #expect(sender.rest()?.isEmpty != false)
    }

    @Test func `clients that hang at the head make room for one that asks`() throws {
        let server = try HTTPTestServer(
            limits: limits {
                $0.connections = 16
                $0.shedAfter = .milliseconds(50)
            }
        )
        let slow = try (0..<16).map { _ in
            let client = try server.client()
            client.send("GET /hel")
            return client
        }
        let start = ContinuousClock.now
        while try server.client().get("/hello").status != 200 {
            try #require(ContinuousClock.now - start < .seconds(20))
        }
        #expect(ContinuousClock.now - start < .seconds(5))
        #expect(server.server.statistics.shed >= 1)
        #expect(slow[0].rest()?.isEmpty != false)
    }

    @Test func `at the limit a resting connection goes first, and then the new one hears 503`()
        throws
    {
        let server = try HTTPTestServer(limits: limits { $0.connections = 2 })
        let resting = try server.client()
        #expect(try resting.get("/hello").status == 200)
        let busy = try (0..<2).map { _ in
            let client = try server.client()
            client.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n")
            return client
        }
        let responders = [try server.responder(), try server.responder()]
        #expect(resting.rest()?.isEmpty == true)
        let refused = try server.client().get("/hello")
        #expect(refused.status == 503)
        #expect(refused.header("retry-after") == "1")
        for responder in responders { responder.answer(.text("done")) }
        for client in busy { #expect(try client.answer().body == "done") }
        let statistics = server.server.statistics
        #expect(statistics.shed == 1)
        #expect(statistics.rejected == 1)
    }

    @Test func `an awaited answer goes first though too much is held`() throws {
        let server = try HTTPTestServer(limits: limits { $0.heldBytes = 1_000 })
        let client = try server.client()
        let body = String(repeating: "x", count: 2_000)
        let head = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2001\r\n\r\n"
        client.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n" + head + body)
        try server.responder().answer(.text("done"))
        #expect(try client.answer().body == "done")
    }

    @Test func `bodies of all clients together are bounded`() throws {
        let server = try HTTPTestServer(limits: limits { $0.heldBytes = 200_000 })
        let clients = try (0..<4).map { _ in try server.client() }
        for client in clients {
            client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100001\r\n\r\n")
            client.send(String(repeating: "x", count: 100_000))
        }
        try server.until { $0.rejected >= 2 }
        for client in clients { client.send("x") }
        let statuses = try clients.map { try $0.answer().status }
        #expect(statuses.count { $0 == 503 } >= 2)
        #expect(statuses.contains(200))
        try server.until { $0.heldBytes < 1_000 }
    }
}
