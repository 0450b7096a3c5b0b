import TestSupport
import Testing
import Transport

struct HTTPRequestParserTests {
    struct Refusal: CustomTestStringConvertible {
        var status: Int
        var text: String
        var testDescription: String { "\(status) \(text.debugDescription.prefix(70))" }

        init(_ status: Int, _ text: String) {
            self.status = status
            self.text = text
        }

        /// A request line and Host before the fields.
        static func fields(_ status: Int, _ fields: String, body: String = "") -> Refusal {
            Refusal(status, "POST / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n\(body)")
        }

        static func chunks(_ status: Int, _ chunks: String) -> Refusal {
            fields(status, "Transfer-Encoding: chunked", body: chunks)
        }
    }

    static let syntax: [Refusal] = [
        Refusal(400, "GET / HTTP/1.1\nHost: a\n\n"),
        Refusal(400, "GET / HTTP/1.1\r\nHost: a\r\nA: b\n\r\n"),
        Refusal(400, "GET / HTTP/1.1\r\nHost: a\r\nA: b\rc\r\n\r\n"),
        Refusal(400, "GET /\r\n\r\n"),
        Refusal(400, "GET  / HTTP/1.1\r\n"),
        Refusal(400, " GET / HTTP/1.1\r\n"),
        Refusal(400, "GET / HTTP/1.1 \r\n"),
        Refusal(400, "GET\t/ HTTP/1.1\r\n"),
        Refusal(400, "GE(T / HTTP/1.1\r\n"),
        Refusal(400, "GET / http/1.1\r\n"),
        Refusal(400, "GET / HTTP/1.10\r\n"),
        Refusal(400, "GET /%zz HTTP/1.1\r\n"),
        Refusal(400, "GET /%00 HTTP/1.1\r\n"),
        Refusal(400, "GET /%c3 HTTP/1.1\r\n"),
        Refusal(400, "GET /?a=%ff HTTP/1.1\r\n"),
        Refusal(400, "GET /a#b HTTP/1.1\r\n"),
        Refusal(400, "GET a HTTP/1.1\r\n"),
        Refusal(400, "GET * HTTP/1.1\r\n"),
        Refusal(400, "GET http:///a HTTP/1.1\r\n"),
        Refusal(400, "GET http://u@h/a HTTP/1.1\r\n"),
        Refusal(400, "\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        Refusal(501, "BREW / HTTP/1.1\r\n"),
        Refusal(501, "get / HTTP/1.1\r\n"),
        Refusal(501, "CONNECT a:443 HTTP/1.1\r\n"),
        Refusal(501, "TRACE / HTTP/1.1\r\n"),
        Refusal(505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        Refusal(505, "GET / HTTP/3.0\r\n"),
        Refusal(400, "GET / HTTP/1.1\r\n\r\n"),
        Refusal(400, "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n"),
        Refusal(400, "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"),
        Refusal(400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
        Refusal(400, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"),
        .fields(400, "A : b"), .fields(400, ": b"), .fields(400, "A"),
        .fields(400, "A: b\r\n c"), .fields(400, " A: b"), .fields(400, "A\0: b"),
        .fields(400, "A: b\0"), .fields(400, "Ä: b"), .fields(400, "A: \u{7F}"),
    ]

    static let framing: [Refusal] = [
        .fields(400, "Content-Length: 1\r\nTransfer-Encoding: chunked"),
        .fields(400, "Transfer-Encoding: chunked\r\nContent-Length: 0"),
        .fields(400, "Content-Length: 1\r\nContent-Length: 2"),
        .fields(400, "Content-Length: 1, 2"), .fields(400, "Content-Length: +1"),
        .fields(400, "Content-Length: -1"), .fields(400, "Content-Length: 0x1"),
        .fields(400, "Content-Length:"), .fields(400, "Content-Length: 1,"),
        .fields(400, "Content-Length: 1 1"), .fields(400, "Content-Length: ١"),
        .fields(413, "Content-Length: 1048577"),
        .fields(413, "Content-Length: 99999999999999999999999999"),
        .fields(501, "Transfer-Encoding: gzip"), .fields(501, "Transfer-Encoding: gzip, chunked"),
        .fields(501, "Transfer-Encoding: xchunked"), .fields(501, "Transfer-Encoding: identity"),
        .fields(501, "Transfer-Encoding: chunked;a=b"),
        .fields(400, "Transfer-Encoding: chunked, chunked"),
        .fields(400, "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
        .fields(400, "Transfer-Encoding:"), .fields(400, "Transfer-Encoding: \u{0B}chunked"),
        Refusal(400, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        .fields(417, "Expect: 200-ok"), .fields(417, "Expect: 100-continue, x"),
        .chunks(400, "\r\n"), .chunks(400, "g\r\n"), .chunks(400, "-1\r\n"),
        .chunks(400, "0x1\r\n"), .chunks(400, "1 \r\na\r\n"), .chunks(400, " 1\r\na\r\n"),
        .chunks(400, "1\r\nab\r\n"), .chunks(400, "1\na\r\n"), .chunks(400, "2\r\na\r\n0"),
        .chunks(400, "00000000000000001\r\n"), .chunks(413, "ffffffffffffffff\r\n"),
        .chunks(413, "100001\r\n"), .chunks(400, "1;\0\r\n"),
        .chunks(400, "1;\(String(repeating: "x", count: 300))\r\n"),
        .chunks(400, "0\r\n x\r\n\r\n"), .chunks(400, "0\r\nA : b\r\n\r\n"),
    ]

    static let limits: [Refusal] = [
        Refusal(414, "GET /\(String(repeating: "a", count: 8_200)) HTTP/1.1\r\n"),
        Refusal(414, String(repeating: "a", count: 8_194)),
        .fields(431, "A: \(String(repeating: "a", count: 33_000))"),
        .fields(431, String(repeating: "A: b\r\n", count: 100) + "A: b"),
        .fields(
            431,
            (0..<9).map { "A\($0): " + String(repeating: "a", count: 4_000) }
                .joined(separator: "\r\n")
        ),
        .chunks(431, "0\r\n" + String(repeating: "A: b\r\n", count: 6_000)),
        .chunks(
            400,
            String(
                repeating: "1;\(String(repeating: "x", count: 200))\r\na\r\n",
                count: 200
            )
        ),
    ]

    @Test(arguments: syntax + framing + limits)
    func `refuses with the status of the fault, however the bytes are cut`(_ row: Refusal) {
        let bytes = Array(row.text.utf8)
        let whole = HTTPFeeding.read(bytes)
        #expect(whole.failure?.status == row.status, "\(whole.failure?.detail ?? "none")")
        #expect(whole.requests.isEmpty)
        #expect(HTTPFeeding.byteByByte(bytes) == whole)
    }

    static let accepted: [(String, HTTPRequest)] = [
        ("GET / HTTP/1.1\r\nHost:\r\n\r\n", request("/", headers: ["Host": ""])),
        (
            "\r\n\r\nGET /a HTTP/1.1\r\nhOsT:\t a:1 \t\r\n\r\n",
            request("/a", headers: ["hOsT": "a:1"])
        ),
        (
            "GET /a%2Fb/%C3%A9?x=1+%2B&y&=z&&x=2 HTTP/1.7\r\nHost: [::1]:80\r\n\r\n",
            request("/a%2Fb/%C3%A9?x=1+%2B&y&=z&x=2", headers: ["Host": "[::1]:80"])
        ),
        (
            "GET http://real:1?q HTTP/1.1\r\nHost: other\r\n\r\n",
            request("http://real:1/?q", headers: ["Host": "other"])
        ),
        ("GET / HTTP/1.0\r\n\r\n", request("/", minor: 0, keepsAlive: false)),
        (
            "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
            request("/", minor: 0, headers: ["Connection": "Keep-Alive"])
        ),
        (
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n",
            request("/", headers: ["Host": "a", "Connection": "x, Close"], keepsAlive: false)
        ),
        (
            "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
            request("*", .options, headers: ["Host": "a"])
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n\r\nabc",
            request("/", .post, headers: ["Host": "a", "Content-Length": "3, 3"], body: "abc")
        ),
        (
            "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n"
                + "3;x=\"y\"\r\nabc\r\n0A ;z\r\n0123456789\r\n000\r\nT: v\r\n\r\n",
            request(
                "/",
                .put,
                headers: ["Host": "a", "Transfer-Encoding": "Chunked"],
                body: "abc0123456789"
            )
        ),
        (
            "GET / HTTP/1.0\r\nExpect: tea\r\n\r\n",
            request("/", minor: 0, headers: ["Expect": "tea"], keepsAlive: false)
        ),
    ]

    @Test(arguments: accepted.indices)
    func `reads a request, however the bytes are cut`(_ index: Int) {
        let (text, expected) = Self.accepted[index]
        let bytes = Array(text.utf8)
        let whole = HTTPFeeding.read(bytes)
        #expect(whole.failure == nil)
        #expect(whole.requests == [expected])
        for end in 0..<bytes.count {
            #expect(HTTPFeeding.read(Array(bytes[..<end])) == HTTPReading(), "cut at \(end)")
            #expect(HTTPFeeding.read(bytes, pieces: [end]) == whole)
        }
        #expect(HTTPFeeding.read(bytes + bytes).requests == [expected, expected])
    }

    @Test func `path, query, host and fields are decoded for look-up`() throws {
        let text = "GET http://h:1/a%2Fb/c?x=1+%2B&y&x=2 HTTP/1.1\r\nHost: z\r\nX-A: é\r\n\r\n"
        let request = try #require(HTTPFeeding.read(Array(text.utf8)).requests.first)
        #expect(request.target.segments == ["a/b", "c"])
        #expect(request.path == "/a/b/c")
        #expect(request.target.value(of: "x") == "1 +")
        #expect(request.target.value(of: "y")?.isEmpty == true)
        #expect(request.target.value(of: "z") == nil)
        #expect(request.host == "h:1")
        #expect(request.headers["x-a"] == "é")
        #expect(!request.declaresBody)
    }

    @Test func `asks to continue only while the body is not here`() {
        let head = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 3\r\n\r\n"
        let bytes = Array((head + "abc").utf8)
        #expect(HTTPFeeding.read(bytes, pieces: [head.utf8.count]).continues == 1)
        #expect(HTTPFeeding.read(bytes).continues == 0)
        let none = head.replacing("Length: 3", with: "Length: 0")
        #expect(HTTPFeeding.byteByByte(Array(none.utf8)).continues == 0)
    }

    @Test func `what follows a failure is dropped, and so is what was held`() {
        var parser = HTTPRequestParser()
        parser.feed(Array("nonsense\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
        let first = parser.next()
        parser.feed([UInt8](repeating: 0, count: 1 << 20))
        #expect(parser.next() == first)
        #expect(parser.heldBytes == 0)
    }

    @Test func `the phase tells who is slow`() {
        var parser = HTTPRequestParser()
        var phases: [HTTPRequestParser.Phase] = []
        for part in ["", "P", "OST / HTTP/1.1\r\n", "Host: a\r\nContent-Length: 2\r\n\r\n", "a"] {
            parser.feed(Array(part.utf8))
            _ = parser.next()
            phases.append(parser.phase)
        }
        parser.feed(Array("b".utf8))
        _ = parser.next()
        #expect(phases + [parser.phase] == [.idle, .head, .head, .body, .body, .idle])
    }

    private static func request(
        _ target: String,
        _ method: HTTPMethod = .get,
        minor: Int = 1,
        headers: HTTPFields = [:],
        body: String = "",
        keepsAlive: Bool = true
    ) -> HTTPRequest {
        HTTPRequest(
            method: method,
            target: HTTPTarget(target.utf8) ?? .asterisk,
            minorVersion: minor,
            headers: headers,
            body: Array(body.utf8),
            declaresBody: !body.isEmpty,
            keepsAlive: keepsAlive
        )
    }
}
