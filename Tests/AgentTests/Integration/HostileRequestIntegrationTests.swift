import Glibc
import TestSupport
import Testing

/// Requests that nobody should send, to the built agent: answered exactly, the connection closed
/// where it cannot be trusted any more, and the agent goes on.
@Suite(.timeLimit(.minutes(10)))
struct HostileRequestIntegrationTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var what: String
        var status: Int
        var bytes: [UInt8]
        /// Whether the connection is of use afterwards.
        var staysOpen = false
        var testDescription: String { what }

        init(_ what: String, _ status: Int, _ text: String, staysOpen: Bool = false) {
            self.what = what
            self.status = status
            self.staysOpen = staysOpen
            bytes = Array(text.utf8)
        }

        /// A start of a run with this body, as the owner of `token` would send it.
        static func start(_ what: String, _ status: Int, _ body: [UInt8]) -> Case {
            let head = """
                POST /api/v1/pipelines/hello/runs HTTP/1.1\r
                Host: localhost\r
                Authorization: Bearer TOKEN\r
                Content-Type: application/json\r
                Content-Length: \(body.count)\r
                \r

                """
            var made = Case(what, status, head, staysOpen: true)
            made.bytes += body
            return made
        }
    }

    private static let get = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
    private static let post = "POST /api/v1/runs/last/cancel HTTP/1.1\r\nHost: localhost\r\n"

    static let heads: [Case] = [
        Case(
            "both lengths",
            400,
            post + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        ),
        Case("two lengths", 400, post + "Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd"),
        Case("a folded field", 400, get + "A: b\r\n c\r\n\r\n"),
        Case("a bare line feed", 400, "GET /healthz HTTP/1.1\nHost: localhost\n\n"),
        Case(
            "an endless chunk extension",
            400,
            post + "Transfer-Encoding: chunked\r\n\r\n1;"
                + String(repeating: "x", count: 4_096) + "\r\na\r\n0\r\n\r\n"
        ),
        Case(
            "1 MiB of headers",
            431,
            get
                + String(
                    repeating: "A: " + String(repeating: "b", count: 1_020) + "\r\n",
                    count: 1_024
                )
        ),
        Case("a Host that is not ours", 421, "GET /healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n"),
        Case("no Host", 400, "GET /healthz HTTP/1.1\r\n\r\n"),
        Case("an unknown coding", 501, post + "Transfer-Encoding: gzip\r\n\r\n"),
        Case("a body beyond the limit", 413, post + "Content-Length: 1048577\r\n\r\n"),
        Case("a target without end", 414, "GET /" + String(repeating: "a", count: 20_000)),
    ]

    static let bodies: [Case] = [
        .start("a deep body", 400, Array(String(repeating: "[", count: 500_000).utf8)),
        .start(
            "a huge string",
            400,
            Array(("{\"params\": {\"" + String(repeating: "a", count: 900_000) + "\": 1}}").utf8)
        ),
        .start("a truncated body", 400, Array("{\"params\": {\"a\": ".utf8)),
        .start(
            "a body that is not UTF-8",
            400,
            Array("{\"params\": {\"a\": \"".utf8) + [0xff, 0xfe] + Array("\"}}".utf8)
        ),
        .start("a body that is no object", 400, Array("7".utf8)),
    ]

    @Test func `what should not be sent is answered exactly, and the agent goes on`() async throws {
        let bench = WeirBench()
        bench.offer("hello", "a: {run: 'true'}")
        let (agent, url) = try bench.serve()
        let port = try #require(url.split(separator: ":").last.flatMap { UInt16($0) })
        let token = try #require(bench.folder.read("state/token")).filter { !$0.isWhitespace }
        for hostile in Self.heads + Self.bodies {
            let client = try HTTPTestClient(port: port)
            let mark = Array("TOKEN".utf8)
            client.send(hostile.bytes.replacing(mark, with: Array(token.utf8), maxReplacements: 1))
            let answer = try client.answer()
            #expect(answer.status == hostile.status, "\(hostile.what): \(answer.body)")
            #expect(answer.header("content-type") == "application/problem+json", "\(hostile.what)")
            if hostile.staysOpen {
                #expect(try client.get("/healthz").status == 200, "\(hostile.what)")
            } else {
                #expect(answer.header("connection") == "close", "\(hostile.what)")
                #expect(client.rest()?.isEmpty != false, "\(hostile.what)")
            }
            #expect(try HTTPTestClient(port: port).get("/healthz").body == "ok\n")
        }
        #expect(bench.weir("runs").out.hasPrefix("no runs"))
        bench.end(agent)
    }
}
