import Glibc
import TestSupport
import Testing
import Transport

@Suite(.timeLimit(.minutes(10)))
struct HTTPServerIntegrationTests {
    @Test func `a connection is kept, and pipelined requests are answered in order`() throws {
        let server = try HTTPTestServer()
        let client = try server.client()
        #expect(try client.get("/hello").body == "hello")
        let parts = ["GET /later", "GET /hello", "HEAD /hello", "GET /none"]
        client.send(parts.map { "\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
        let responder = try server.responder()
        #expect(try server.client().get("/hello").status == 200)
        #expect(responder.answer(.text("late")))
        #expect(!responder.answer(.text("twice")))
        #expect(try client.answer().body == "late")
        #expect(try client.answer().body == "hello")
        #expect(try client.answer(toHead: true).header("content-length") == "5")
        #expect(try client.answer().status == 404)
        #expect(server.server.stop(within: .seconds(5)))
        #expect(server.exchanges.filter { $0 != "/hello 200" } == ["/later 200", "- 404"])
        #expect(server.exchanges.count == 6)
    }

    @Test func `errors are problems, with what to do in the header`() throws {
        let server = try HTTPTestServer()
        let client = try server.client()
        let lost = try client.get("/none")
        #expect(lost.header("content-type") == "application/problem+json")
        #expect(lost.body.hasPrefix(#"{"type":"about:blank","title":"Not Found","status":404"#))
        let wrong = try client.get("/hello", "DELETE")
        #expect(wrong.status == 405)
        #expect(wrong.header("allow") == "GET, HEAD, OPTIONS")
        #expect(try client.get("/hello", "OPTIONS").status == 204)
        #expect(try client.get("/hello", "HEAD").body.isEmpty)
        #expect(try client.get("/drop").status == 500)
        client.send("GET / HTTP/1.1\r\n\r\n")
        let broken = try client.answer()
        #expect(broken.status == 400)
        #expect(broken.header("connection") == "close")
        #expect(client.rest()?.isEmpty == true)
        #expect(server.exchanges.last == "- 400")
    }

    @Test func `bodies come in chunks or after a permission`() throws {
        let server = try HTTPTestServer()
        let client = try server.client()
        client.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        client.send("3\r\nabc\r\n2;x\r\nde\r\n0\r\n\r\n")
        #expect(try client.answer().body == "abcde")
        client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n")
        client.send("Expect: 100-continue\r\n\r\n")
        #expect(try client.answer().status == 100)
        client.send("ok")
        #expect(try client.answer().body == "ok")
    }

    @Test func `an old client's connection is closed unless it asks otherwise`() throws {
        let server = try HTTPTestServer()
        let client = try server.client()
        client.send("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        #expect(try client.answer().header("connection") == "keep-alive")
        client.send("GET /hello HTTP/1.0\r\n\r\n")
        #expect(client.rest()?.hasSuffix("Connection: close\r\n\r\nhello") == true)
    }

    @Test func `a refusal arrives though the body is still being sent`() throws {
        var limits = HTTPLimits()
        limits.lingerTimeout = .seconds(20)
        let server = try HTTPTestServer(limits: limits)
        let client = try server.client()
        client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n")
        // A reset would cut this short.
        #expect(client.send(String(repeating: "x", count: 3_000_000)) == 3_000_000)
        #expect(try client.answer().status == 413)
        #expect(client.rest()?.isEmpty == true)
    }

    @Test func `an answer for a client that is gone is dropped and counted`() throws {
        let server = try HTTPTestServer()
        var client: HTTPTestClient? = try server.client()
        client?.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\nGET /hello HTTP/1.1\r\n")
        let responder = try server.responder()
        // Unread bytes make this close a reset, which the server sees at once.
        client = nil
        #expect(responder.answer(.text(HTTPTestServer.large)))
        try server.until { $0.open <= 1 }
        #expect(try server.client().get("/hello").status == 200)
    }

    @Test func `a large answer arrives whole, and its reader may stall for a while`() throws {
        let server = try HTTPTestServer()
        let client = try server.client(receiveBuffer: 4_096)
        client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        try server.until { $0.bytesWritten > 0 && $0.heldBytes > 1 << 20 }
        #expect(try client.answer().body == HTTPTestServer.large)
        #expect(server.server.stop(within: .seconds(5)))
        #expect(server.server.statistics.heldBytes == 0)
        #expect(server.server.statistics.open == 0)
    }

    @Test func `a unix socket is ours alone, and goes away with the server`() throws {
        let folder = TemporaryDirectory()
        let path = "\(folder.path)/s.sock"
        let server = try HTTPTestServer("unix:\(path)")
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
        #expect(try server.client().get("/hello").body == "hello")
        #expect(throws: SystemError.self) { try HTTPTestServer("unix:\(path)") }
        #expect(try server.client().get("/hello").body == "hello")
        #expect(server.server.stop(within: .seconds(5)))
        #expect(access(path, F_OK) != 0)
    }

    @Test func `the socket of a dead server is replaced`() throws {
        let folder = TemporaryDirectory()
        let path = "\(folder.path)/s.sock"
        let dead = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var target = sockaddr_un()
        target.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &target.sun_path) { $0.copyBytes(from: path.utf8) }
        let code = withUnsafePointer(to: &target) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(dead, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(code == 0 && close(dead) == 0 && access(path, F_OK) == 0)
        let server = try HTTPTestServer("unix:\(path)")
        #expect(try server.client().get("/hello").body == "hello")
    }

    @Test func `stopping lets awaited answers out and nobody in`() throws {
        let server = try HTTPTestServer()
        let idle = try server.client()
        #expect(try idle.get("/hello").status == 200)
        let waiting = try server.client()
        waiting.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n")
        let responder = try server.responder()
        server.server.beginStop(within: .seconds(20))
        #expect(idle.rest()?.isEmpty == true)
        #expect(throws: TestSupportError.self) { try server.client() }
        responder.answer(.text("done"))
        let answer = try waiting.answer()
        #expect(answer.body == "done")
        #expect(answer.header("connection") == "close")
        #expect(waiting.rest()?.isEmpty == true)
        #expect(server.server.stop(within: .seconds(20)))
        #expect(server.server.stop(within: .zero))
    }

    @Test func `stopping ends when a long answer has gone out`() throws {
        let server = try HTTPTestServer()
        let idle = try server.client()
        #expect(try idle.get("/hello").status == 200)
        let client = try server.client(receiveBuffer: 4_096)
        client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        try server.until { $0.heldBytes > 1 << 20 }
        let start = ContinuousClock.now
        server.server.beginStop(within: .seconds(60))
        #expect(idle.rest()?.isEmpty == true)
        #expect(try client.answer().body == HTTPTestServer.large)
        #expect(client.rest()?.isEmpty == true)
        #expect(server.server.stop(within: .seconds(60)))
        #expect(ContinuousClock.now - start < .seconds(50))
    }

    @Test func `stopping does not wait beyond its limit for an answer`() throws {
        let server = try HTTPTestServer()
        let client = try server.client()
        client.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n")
        let responder = try server.responder()
        #expect(server.server.stop(within: .zero))
        #expect(client.rest()?.isEmpty == true)
        responder.answer(.text("too late"))
    }
}
