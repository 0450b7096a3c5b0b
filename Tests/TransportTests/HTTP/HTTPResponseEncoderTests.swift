import Testing
import Transport

struct HTTPResponseEncoderTests {
    private func encode(
        _ response: HTTPResponse,
        isHead: Bool = false,
        minorVersion: Int = 1,
        keepsAlive: Bool = true
    ) -> String {
        var bytes: [UInt8] = []
        let context = HTTPResponseEncoder.Context(
            isHead: isHead,
            minorVersion: minorVersion,
            keepsAlive: keepsAlive,
            date: "D"
        )
        HTTPResponseEncoder.append(response, context, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func `an answer has date, type, length and what the handler adds`() {
        var response = HTTPResponse.text("é")
        response.headers = ["X-A": "1"]
        let fields = "Date: D\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 2\r\n"
        #expect(encode(response) == "HTTP/1.1 200 OK\r\n\(fields)X-A: 1\r\n\r\né")
        let close = "X-A: 1\r\nConnection: close\r\n\r\n"
        #expect(
            encode(response, isHead: true, keepsAlive: false)
                == "HTTP/1.1 200 OK\r\n\(fields)\(close)"
        )
        #expect(encode(response, minorVersion: 0).contains("\r\nConnection: keep-alive\r\n"))
    }

    @Test(arguments: [204, 304])
    func `a status without content has neither body nor length`(_ status: Int) {
        let text = encode(.text("x", status: status))
        #expect(text.hasSuffix("\r\n\r\n"))
        #expect(!text.contains("Content-Length"))
    }

    @Test func `an answer cannot be split, and framing stays ours`() {
        let response = HTTPResponse(
            status: 7_000,
            contentType: "a\r\nEvil: 1",
            headers: [
                "A": "b\r\nEvil: 2", "C\r\nEvil": "3", "": "4", "content-length": "99",
                "Transfer-Encoding": "chunked", "connection": "x",
            ]
        )
        let lines = encode(response).split(separator: "\r\n").map(String.init)
        #expect(
            lines == [
                "HTTP/1.1 500 Internal Server Error", "Date: D", "Content-Type: a  Evil: 1",
                "Content-Length: 0", "A: b  Evil: 2",
            ]
        )
    }

    @Test func `a problem is JSON whatever the detail holds`() {
        let response = HTTPResponse.problem(status: 400, title: "T", detail: "a\"\\\n\u{1}é")
        let expected =
            #"{"type":"about:blank","title":"T","status":400,"detail":"a\"\\\u000a\u0001é"}"#
        #expect(String(decoding: response.body, as: UTF8.self) == expected + "\n")
        #expect(response.contentType == "application/problem+json")
    }

    @Test(
        arguments: [
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (-5, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 GMT"),
            (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
        ] as [(Int64, String)]
    )
    func `a date is written as HTTP wants it`(_ seconds: Int64, _ text: String) {
        #expect(HTTPDate.text(seconds: seconds) == text)
    }
}
