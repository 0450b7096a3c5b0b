internal import Glibc

/// Requests in, answers out, one connection at a time.
extension HTTPLoop {
    /// Reads once, what is there up to a bound: the others come first, then it goes on.
    func read(_ connection: HTTPConnection) {
        let count = unsafe recv(connection.descriptor.number, &readBuffer, readBuffer.count, 0)
        guard count > 0 else {
            if count < 0, errno == EAGAIN || errno == EINTR { return }
            return close(connection)
        }
        counters.update { $0.bytesRead += count }
        if connection.phase == .linger { return }
        connection.parser.feed(readBuffer[..<count])
        proceed(connection)
        let isOpen = connections[connection.token] != nil && !connection.isEnding
        // An awaited answer goes out first; what is held meanwhile is one read at most.
        if isOpen, connection.pending == nil, heldBytes > limits.heldBytes,
            connection.parser.heldBytes > 0
        {
            counters.update { $0.rejected += 1 }
            refuse(connection, "too many requests at once")
            proceed(connection)
        }
    }

    /// Does all that can be done now: writes, begins requests, writes their answers.
    func proceed(_ connection: HTTPConnection) {
        repeat {
            guard flush(connection) else { return close(connection) }
        } while begin(connection)
        settle(connection)
    }

    /// Begins requests until an answer is awaited or enough is unsent.
    ///
    /// - Returns: Whether there is something new to write.
    private func begin(_ connection: HTTPConnection) -> Bool {
        var hasNews = false
        while connection.pending == nil, !connection.isEnding,
            connection.unsent <= limits.pipelinedBytes
        {
            switch connection.parser.next() {
            case .needMore:
                enterParserPhase(connection)
                return hasNews
            case .continue100:
                connection.write(at: now, limits: limits) { $0 += HTTPResponseEncoder.continue100 }
                hasNews = true
            case .failed(let failure):
                fail(connection, failure)
                return true
            case .request(let request):
                serve(connection, request)
                hasNews = hasNews || connection.pending == nil
            }
        }
        return hasNews && connection.unsent > 0
    }

    private func enterParserPhase(_ connection: HTTPConnection) {
        switch connection.parser.phase {
        // Before its first byte a new connection is at the head already.
        case .idle where connection.hasBeenAnswered:
            connection.enter(.idle, at: now, limits: limits)
        case .idle: break
        case .head:
            let isFirst = connection.phase == .idle && !connection.hasBeenAnswered
            let deadline = connection.deadline
            connection.enter(.head, at: now, limits: limits)
            if isFirst { connection.deadline = deadline }
        case .body: connection.enter(.body, at: now, limits: limits)
        }
    }

    private func serve(_ connection: HTTPConnection, _ request: HTTPRequest) {
        counters.update { $0.requests += 1 }
        var request = request
        request.channel = connection.channel
        let reply = handler(request)
        connection.pending = .init(request: request, route: reply.route, begun: now)
        connection.enter(.reply, at: now, limits: limits)
        switch reply.kind {
        case .now(let response): answer(connection, response)
        case .later(let begin):
            let (mailbox, token) = (mailbox, connection.token)
            begin(HTTPResponder { mailbox.post($0, to: token) })
        case .task(let body):
            let (mailbox, token) = (mailbox, connection.token)
            let responder = HTTPResponder { mailbox.post($0, to: token) }
            connection.task = Task(name: "http", executorPreference: executor) {
                responder.answer(await body())
            }
        }
    }

    /// Answers the request that waits.
    func answer(_ connection: HTTPConnection, _ response: HTTPResponse) {
        guard let pending = connection.pending else { return }
        connection.pending = nil
        connection.endTask()
        connection.hasBeenAnswered = true
        let isLast = response.closesConnection || isStopping || connection.isEnding
        let keepsAlive = pending.request.keepsAlive && !isLast
        send(
            connection,
            response,
            isHead: pending.request.method == .head,
            minorVersion: pending.request.minorVersion,
            keepsAlive: keepsAlive
        )
        observer(
            HTTPExchange(
                request: pending.request,
                route: pending.route,
                status: response.status,
                duration: .now - pending.begun
            )
        )
    }

    /// Answers what is no request, or not in time.
    func fail(_ connection: HTTPConnection, _ failure: HTTPFailure) {
        counters.update { $0.failures += 1 }
        send(
            connection,
            .problem(status: failure.status, detail: failure.detail),
            isHead: false,
            minorVersion: 1,
            keepsAlive: false
        )
        observer(
            HTTPExchange(request: nil, route: nil, status: failure.status, duration: .zero)
        )
    }

    func send(
        _ connection: HTTPConnection,
        _ response: HTTPResponse,
        isHead: Bool,
        minorVersion: Int,
        keepsAlive: Bool
    ) {
        let context = HTTPResponseEncoder.Context(
            isHead: isHead,
            minorVersion: minorVersion,
            keepsAlive: keepsAlive,
            date: dateText()
        )
        connection.write(at: now, limits: limits) { bytes in
            HTTPResponseEncoder.append(response, context, to: &bytes)
        }
        if keepsAlive {
            connection.enter(.idle, at: now, limits: limits)
        } else {
            connection.isEnding = true
        }
    }

    // MARK: - The socket

    /// Writes until nothing is left or the socket is full.
    ///
    /// - Returns: False if the client is gone.
    private func flush(_ connection: HTTPConnection) -> Bool {
        while connection.unsent > 0 {
            let count = unsafe connection.outbox.withUnsafeBytes { raw in
                unsafe Glibc.send(
                    connection.descriptor.number,
                    raw.baseAddress?.advanced(by: connection.sent),
                    connection.unsent,
                    Int32(MSG_NOSIGNAL)
                )
            }
            if count < 0 {
                if errno == EINTR { continue }
                return errno == EAGAIN
            }
            counters.update { $0.bytesWritten += count }
            connection.wrote(count, at: now, limits: limits)
        }
        return true
    }

    /// Asks epoll for what matters next, and counts what is held.
    private func settle(_ connection: HTTPConnection) {
        if connection.isEnding, connection.unsent == 0, connection.phase != .linger {
            // A stopping server does not wait for clients to hang up.
            if isStopping { return close(connection) }
            lingering += 1
            connection.enter(.linger, at: now, limits: limits)
            connection.parser = HTTPRequestParser(limits: limits)
            _ = shutdown(connection.descriptor.number, Int32(SHUT_WR))
        }
        let isAsking = connection.phase != .idle && connection.phase != .head
        if isStopping, !isAsking, connection.unsent == 0, connection.hasBeenAnswered {
            return close(connection)
        }
        let isReading = connection.phase == .linger || !connection.isEnding
        let interest = (
            readable: isReading && connection.phase != .reply && connection.unsent == 0,
            writable: connection.unsent > 0
        )
        if interest != connection.interest {
            connection.interest = interest
            queue.change(
                connection.descriptor.number,
                token: connection.token,
                readable: interest.readable,
                writable: interest.writable
            )
        }
        count(connection, connection.heldBytes)
        watch(connection.nextDeadline)
    }

    func close(_ connection: HTTPConnection) {
        guard connections.removeValue(forKey: connection.token) != nil else { return }
        queue.remove(connection.descriptor.number)
        connection.endTask()
        if connection.phase == .linger { lingering -= 1 }
        count(connection, 0)
        counters.update { $0.open -= 1 }
    }

    private func count(_ connection: HTTPConnection, _ bytes: Int) {
        guard bytes != connection.countedBytes else { return }
        heldBytes += bytes - connection.countedBytes
        connection.countedBytes = bytes
        let held = heldBytes
        counters.update { $0.heldBytes = held }
    }
}
