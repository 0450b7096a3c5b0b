import Testing
import Transport

struct HTTPRouterTests {
    private let router = HTTPRouter([
        HTTPRoute(.get, "/") { _, _ in .now(.text("root")) },
        HTTPRoute(.get, "/runs/{id}") { _, parameters in .now(.text(parameters["id"] ?? "-")) },
        HTTPRoute(.get, "/runs/last") { _, _ in .now(.text("the last")) },
        HTTPRoute(.get, "/debug/") { _, _ in .now(.text("index")) },
        HTTPRoute(.post, "/runs/{id}/steps/{step}", body: .optional(["application/json"])) {
            _,
            parameters in
            .now(.text("\(parameters["id"] ?? "-") \(parameters["step"] ?? "-")"))
        },
        HTTPRoute(.put, "/level", body: .required(["text/plain"])) { _, _ in .now(.text("set")) },
    ])

    /// Status, route and text of what `text` gets.
    private func outcome(_ text: String, _ fields: String = "", body: String = "") throws -> String
    {
        let bytes = Array("\(text) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\(body)".utf8)
        let request = try #require(HTTPFeeding.read(bytes).requests.first)
        let reply = router.reply(to: request)
        let response = try #require(reply.response)
        let isText = response.contentType?.hasPrefix("text") == true
        let said = isText ? String(decoding: response.body, as: UTF8.self) : ""
        let allow = response.headers["Allow"] ?? ""
        return "\(response.status) \(reply.route ?? "-") \(said)\(allow)"
    }

    @Test(arguments: [
        ("GET /", "200 / root"),
        ("GET /runs/a%2Fb", "200 /runs/{id} a/b"),
        ("GET /runs/last", "200 /runs/last the last"),
        ("HEAD /runs/last?x", "200 /runs/last the last"),
        ("GET /debug/", "200 /debug/ index"),
        ("GET /debug", "404 - "),
        ("GET /runs/", "404 - "),
        ("GET /runs/a/b", "404 - "),
        ("GET //", "404 - "),
        ("POST /runs/a/steps/b", "200 /runs/{id}/steps/{step} a b"),
        ("DELETE /runs/7", "405 /runs/{id} GET, HEAD, OPTIONS"),
        ("GET /runs/a/steps/b", "405 /runs/{id}/steps/{step} POST, OPTIONS"),
        ("OPTIONS /runs/7", "204 /runs/{id} GET, HEAD, OPTIONS"),
        ("OPTIONS /none", "404 - "),
        ("OPTIONS *", "204 - "),
        ("PUT /level", "411 /level "),
    ])
    func `finds the route, or says what is wrong`(_ line: String, _ expected: String) throws {
        #expect(try outcome(line) == expected)
    }

    @Test(arguments: [
        ("", 415), ("Content-Type: text/html\r\n", 415), ("Content-Type: Text/Plain\r\n", 200),
        ("Content-Type: text/plain ; charset=utf-8\r\n", 200),
    ])
    func `a body must be of the route's type`(_ field: String, _ status: Int) throws {
        let length = "Content-Length: 1\r\n"
        #expect(try outcome("PUT /level", field + length, body: "x").hasPrefix("\(status)"))
    }

    @Test func `a body that may be missing is checked when it is there`() throws {
        #expect(try outcome("POST /runs/a/steps/b", "Content-Length: 0\r\n").hasPrefix("200"))
        let fields = "Content-Type: a/b\r\nContent-Length: 1\r\n"
        #expect(try outcome("POST /runs/a/steps/b", fields, body: "x").hasPrefix("415"))
    }
}

struct SocketAddressTests {
    @Test(arguments: [
        "127.0.0.1:9347", "0.0.0.0:0", "[::1]:80", "[::]:1", "unix:/run/weir/weir.sock",
    ])
    func `an address is written as it was read`(_ text: String) throws {
        let address = try #require(SocketAddress(text))
        #expect(address.description == text)
        #expect(address.isLocal == !["0.0.0.0:0", "[::]:1"].contains(text))
    }

    @Test(arguments: [
        "", ":80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:+1", "::1:80", "[::1]",
        "example.org:80", "1.2.3:4", "unix:", "unix:\0",
        "unix:/" + String(repeating: "a", count: 107),
    ])
    func `what is no address is refused`(_ text: String) {
        #expect(SocketAddress(text) == nil)
    }
}
