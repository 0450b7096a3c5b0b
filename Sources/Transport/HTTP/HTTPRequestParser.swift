/// Bytes in, requests out: HTTP/1.1 messages without a socket (RFC 9112).
///
/// The result does not depend on how the bytes are cut; only `continue100` does, as the standard
/// wants. Stricter than the standard where it leaves the choice: lines end with CR LF, and whoever
/// sends two lengths is refused. After a failure the rest of the bytes means nothing any more.
///
/// It holds at most one request within `HTTPLimits` and what was fed and not yet asked for: feed,
/// then call `next` until it needs more.
package struct HTTPRequestParser: Sendable {
    package enum Step: Hashable, Sendable {
        case needMore
        /// The client waits for `100 Continue` before it sends the body.
        case continue100
        case request(HTTPRequest)
        /// Answer this and close: where the next request would begin is not known.
        case failed(HTTPFailure)
    }

    /// How far the request is that is being read.
    package enum Phase: Hashable, Sendable {
        /// Nothing of it is here.
        case idle
        case head
        case body
    }

    enum State: Sendable {
        case requestLine
        case fields
        case fixed(left: Int)
        case chunkSize
        case chunk(left: Int)
        case chunkEnd
        case trailers
        case failed(HTTPFailure)
    }

    let limits: HTTPLimits
    private var buffer: [UInt8] = []
    /// Up to here the buffer is used up.
    private var start = 0
    /// Up to here there is no end of a line.
    private var scanned = 0
    private var state = State.requestLine
    private var emptyLines = 0
    var head = HTTPHead()
    var body: [UInt8] = []
    /// Of the field lines, later of the chunks' extensions and trailers.
    private var lineBytes = 0

    package init(limits: HTTPLimits = HTTPLimits()) {
        self.limits = limits
    }

    /// Bytes kept for the request being read.
    package var heldBytes: Int { buffer.count - start + body.count + lineBytes }

    package var phase: Phase {
        switch state {
        case .requestLine: start == buffer.count && emptyLines == 0 ? .idle : .head
        case .fields: .head
        case .fixed, .chunkSize, .chunk, .chunkEnd, .trailers: .body
        case .failed: .idle
        }
    }

    package mutating func feed(_ bytes: some Collection<UInt8>) {
        if case .failed = state { return }
        if start > 0 {
            buffer.removeSubrange(..<start)
            scanned -= start
            start = 0
        }
        buffer.append(contentsOf: bytes)
    }

    package mutating func next() -> Step {
        do throws(HTTPFailure) {
            while true {
                if let step = try advance() { return step }
            }
        } catch {
            state = .failed(error)
            buffer = []
            body = []
            (start, scanned, lineBytes) = (0, 0, 0)
            return .failed(error)
        }
    }

    /// - Returns: `nil` when there may be more to do.
    private mutating func advance() throws(HTTPFailure) -> Step? {
        switch state {
        case .requestLine: return try readRequestLine()
        case .fields: return try readField()
        case .fixed(let left):
            let rest = takeBody(left)
            state = .fixed(left: rest)
            return rest == 0 ? finish() : needMore()
        case .chunkSize: return try readChunkSize()
        case .chunk(let left):
            let rest = takeBody(left)
            state = rest == 0 ? .chunkEnd : .chunk(left: rest)
            return rest == 0 ? nil : needMore()
        case .chunkEnd:
            guard let line = try takeLine(atMost: 0, tooLong: .chunkWithoutEnd) else {
                return needMore()
            }
            assert(line.isEmpty)
            state = .chunkSize
            return nil
        case .trailers: return try readTrailer()
        case .failed(let failure): return .failed(failure)
        }
    }

    private mutating func readRequestLine() throws(HTTPFailure) -> Step? {
        let limit = limits.requestLineBytes
        guard
            let line = try takeLine(
                atMost: limit,
                tooLong: HTTPFailure(414, "the request line is over \(limit) bytes")
            )
        else { return needMore() }
        if line.isEmpty {
            emptyLines += 1
            guard emptyLines <= limits.emptyLines else { throw HTTPFailure(400, "empty lines") }
            return nil
        }
        head = try HTTPHead(requestLine: line)
        (emptyLines, lineBytes, body) = (0, 0, [])
        state = .fields
        return nil
    }

    private mutating func readField() throws(HTTPFailure) -> Step? {
        guard let line = try takeFieldLine() else { return needMore() }
        guard line.isEmpty else {
            guard head.fields.count < limits.headerCount else {
                throw HTTPFailure(431, "more than \(limits.headerCount) header fields")
            }
            try head.add(fieldLine: line)
            return nil
        }
        let framing = try head.finish(limits)
        lineBytes = 0
        switch framing {
        case .none: return finish()
        case .length(let length): state = .fixed(left: length)
        case .chunked: state = .chunkSize
        }
        return head.expectsContinue && start == buffer.count ? .continue100 : nil
    }

    private mutating func readChunkSize() throws(HTTPFailure) -> Step? {
        let tooLong = HTTPFailure(400, "the size line of a chunk is too long")
        guard let line = try takeLine(atMost: limits.chunkLineBytes, tooLong: tooLong) else {
            return needMore()
        }
        let size = try HTTPHead.chunkSize(line)
        // A size has 16 digits at most; whatever is beyond that counts as overhead.
        lineBytes += max(0, line.count - 16)
        guard lineBytes <= limits.headerBytes else {
            throw HTTPFailure(400, "the extensions of the chunks are too long")
        }
        guard size <= limits.bodyBytes - body.count else {
            throw HTTPFailure(413, "the body is over \(limits.bodyBytes) bytes")
        }
        state = size == 0 ? .trailers : .chunk(left: size)
        if size == 0 { lineBytes = 0 }
        return nil
    }

    /// Trailers are checked and dropped: nothing here asks for any.
    private mutating func readTrailer() throws(HTTPFailure) -> Step? {
        guard let line = try takeFieldLine() else { return needMore() }
        guard !line.isEmpty else { return finish() }
        var ignored = HTTPHead()
        try ignored.add(fieldLine: line)
        return nil
    }

    private mutating func finish() -> Step {
        let request = head.request(body: body)
        head = HTTPHead()
        body = []
        lineBytes = 0
        state = .requestLine
        return .request(request)
    }

    /// Gives the buffer back between requests: an idle connection costs nothing.
    private mutating func needMore() -> Step {
        if start == buffer.count {
            buffer = []
            (start, scanned) = (0, 0)
        }
        return .needMore
    }

    /// Moves up to `left` bytes to the body.
    ///
    /// - Returns: How many are still to come.
    private mutating func takeBody(_ left: Int) -> Int {
        let count = min(left, buffer.count - start)
        body.append(contentsOf: buffer[start..<start + count])
        start += count
        scanned = start
        return left - count
    }

    private mutating func takeFieldLine() throws(HTTPFailure) -> ArraySlice<UInt8>? {
        let limit = limits.headerBytes
        let line = try takeLine(
            atMost: max(0, limit - lineBytes),
            tooLong: HTTPFailure(431, "the header fields are over \(limit) bytes")
        )
        // Two more for the end of the line: many short ones are as good as a long one.
        if let line { lineBytes += line.count + 2 }
        return line
    }

    /// The next line without its CR LF, if it is here.
    ///
    /// The decision depends on the line's first `limit` + 2 bytes alone, and so not on the cut.
    private mutating func takeLine(
        atMost limit: Int,
        tooLong: @autoclosure () -> HTTPFailure
    ) throws(HTTPFailure) -> ArraySlice<UInt8>? {
        let end = min(buffer.count, start + limit + 2)
        while scanned < end, buffer[scanned] != UInt8(ascii: "\n") { scanned += 1 }
        guard scanned < end else {
            guard end < start + limit + 2 else { throw tooLong() }
            return nil
        }
        let line = buffer[start..<scanned]
        guard line.last == UInt8(ascii: "\r"), !line.dropLast().contains(13) else {
            throw HTTPFailure(400, "a line must end with CR LF, and CR stands nowhere else")
        }
        scanned += 1
        start = scanned
        return line.dropLast()
    }
}

extension HTTPFailure {
    fileprivate static let chunkWithoutEnd = HTTPFailure(400, "a chunk is longer than its size")
}
