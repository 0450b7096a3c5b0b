/// The head of a request while it is read, and the rules for what follows it.
struct HTTPHead: Sendable {
    /// How the end of the body is found (RFC 9112 §6.3).
    enum Framing: Hashable, Sendable {
        case none
        case length(Int)
        case chunked
    }

    private(set) var fields = HTTPFields()
    private(set) var expectsContinue = false
    private var method = HTTPMethod.get
    private var target = HTTPTarget.asterisk
    private var minorVersion = 1
    private var declaresBody = false

    init() {}

    /// `method SP target SP HTTP/1.x`, nothing else.
    init(requestLine line: ArraySlice<UInt8>) throws(HTTPFailure) {
        let space = UInt8(ascii: " ")
        guard let first = line.firstIndex(of: space), first > line.startIndex,
            line[..<first].allSatisfy(\.isTokenByte),
            let second = line[(first + 1)...].firstIndex(of: space),
            !line[(second + 1)...].contains(space)
        else {
            throw HTTPFailure(400, "the first line is not 'METHOD target HTTP/1.1'")
        }
        minorVersion = try HTTPHead.minorVersion(line[(second + 1)...])
        guard let method = HTTPMethod(rawValue: String(decoding: line[..<first], as: UTF8.self))
        else {
            throw HTTPFailure(501, "no resource here has this method")
        }
        guard let target = HTTPTarget(line[(first + 1)..<second]),
            !target.isAsterisk || method == .options
        else {
            throw HTTPFailure(400, "the target is not a path with valid percent-encoding")
        }
        self.method = method
        self.target = target
    }

    mutating func add(fieldLine line: ArraySlice<UInt8>) throws(HTTPFailure) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex,
            line[..<colon].allSatisfy(\.isTokenByte)
        else {
            throw HTTPFailure(400, "a header line is not 'Name: value', or is folded")
        }
        let value = line[(colon + 1)...].trimmingBlanks
        guard value.allSatisfy(\.isFieldByte) else {
            throw HTTPFailure(400, "a header value holds a control character")
        }
        fields.append(
            String(decoding: line[..<colon], as: UTF8.self),
            String(decoding: value, as: UTF8.self)
        )
    }

    /// Checks what only the whole head shows.
    mutating func finish(_ limits: HTTPLimits) throws(HTTPFailure) -> Framing {
        try checkHost()
        let framing = try framing(limits)
        declaresBody = framing != .none || !fields.values("Content-Length").isEmpty
        let expectations = fields.list("Expect")
        if minorVersion > 0, !expectations.isEmpty {
            guard expectations == ["100-continue"] else {
                throw HTTPFailure(417, "the only expectation known here is 100-continue")
            }
            expectsContinue = framing != .none && framing != .length(0)
        }
        return framing
    }

    func request(body: [UInt8]) -> HTTPRequest {
        let options = fields.list("Connection")
        let keepsAlive = minorVersion > 0 || options.contains("keep-alive")
        return HTTPRequest(
            method: method,
            target: target,
            minorVersion: minorVersion,
            headers: fields,
            body: body,
            declaresBody: declaresBody,
            keepsAlive: keepsAlive && !options.contains("close")
        )
    }

    private func checkHost() throws(HTTPFailure) {
        let hosts = fields.values("Host")
        guard hosts.count == 1 || hosts.isEmpty && minorVersion == 0 else {
            throw HTTPFailure(400, "a request has exactly one Host field")
        }
        guard hosts.allSatisfy({ HTTPTarget.isAuthority($0.utf8) }) else {
            throw HTTPFailure(400, "the Host field is not a host with an optional port")
        }
    }

    private func framing(_ limits: HTTPLimits) throws(HTTPFailure) -> Framing {
        let lengths = fields.list("Content-Length")
        guard fields.values("Transfer-Encoding").isEmpty else {
            guard lengths.isEmpty else {
                throw HTTPFailure(400, "Content-Length and Transfer-Encoding in one request")
            }
            return try chunkedFraming()
        }
        guard let first = lengths.first else { return .none }
        guard lengths.allSatisfy({ $0 == first }), !first.isEmpty,
            first.utf8.allSatisfy(\.isASCIIDigit)
        else {
            throw HTTPFailure(400, "Content-Length is not one number")
        }
        // More digits than an integer holds are over the limit, too.
        guard let length = Int(first), length <= limits.bodyBytes else {
            throw HTTPFailure(413, "the body is over \(limits.bodyBytes) bytes")
        }
        return .length(length)
    }

    private func chunkedFraming() throws(HTTPFailure) -> Framing {
        guard minorVersion > 0 else {
            throw HTTPFailure(400, "HTTP/1.0 has no Transfer-Encoding")
        }
        let codings = fields.list("Transfer-Encoding")
        guard codings.allSatisfy({ !$0.isEmpty }) else {
            throw HTTPFailure(400, "Transfer-Encoding holds an empty coding")
        }
        guard codings.allSatisfy({ $0 == "chunked" }) else {
            throw HTTPFailure(501, "the only transfer coding known here is chunked")
        }
        guard codings.count == 1 else {
            throw HTTPFailure(400, "chunked is applied more than once")
        }
        return .chunked
    }

    private static func minorVersion(_ word: ArraySlice<UInt8>) throws(HTTPFailure) -> Int {
        let start = word.startIndex
        guard word.count == 8, word.starts(with: "HTTP/".utf8), word[start + 5].isASCIIDigit,
            word[start + 6] == UInt8(ascii: "."), word[start + 7].isASCIIDigit
        else {
            throw HTTPFailure(400, "the first line does not end with 'HTTP/1.1'")
        }
        guard word[start + 5] == UInt8(ascii: "1") else {
            throw HTTPFailure(505, "this server speaks HTTP/1.1")
        }
        return word[start + 7] == UInt8(ascii: "0") ? 0 : 1
    }

    /// Hexadecimal digits, then nothing or blanks and `;`: what follows is nobody's business.
    static func chunkSize(_ line: ArraySlice<UInt8>) throws(HTTPFailure) -> Int {
        let digits = line.prefix { $0.hexValue != nil }
        let rest = line[digits.endIndex...].trimmingBlanks
        guard !digits.isEmpty, digits.count <= 16, line.allSatisfy(\.isFieldByte),
            rest.first == UInt8(ascii: ";") || digits.endIndex == line.endIndex
        else {
            throw HTTPFailure(400, "a chunk's size is not a hexadecimal number")
        }
        let size = digits.reduce(UInt64(0)) { $0 << 4 | UInt64($1.hexValue ?? 0) }
        return Int(clamping: size)
    }
}
