internal import CLinux
internal import Glibc

/// New connections, and who has to go for them.
extension HTTPLoop {
    /// Takes what waits, but not for ever: clients that are here have to be served as well.
    func accept(from index: Int) {
        for _ in 0..<64 where index < listeners.count && acceptPause == nil {
            let number = weir_accept(listeners.number(index))
            if number >= 0 {
                admit(FileDescriptor(number))
            } else if [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(errno) {
                if !shedOne(), !closeLingering() { pauseAccepting() }
            } else if errno != EINTR, errno != ECONNABORTED {
                return
            }
        }
    }

    private func admit(_ descriptor: consuming FileDescriptor) {
        counters.update { $0.accepted += 1 }
        let isFull = connections.count - lingering >= limits.connections && !shedOne()
        if isFull { counters.update { $0.rejected += 1 } }
        if connections.count >= limits.connections + limits.refusals {
            // Beyond this the word is not worth a descriptor.
            guard !isFull, closeLingering() else { return }
        }
        let connection = HTTPConnection(
            token: makeToken(),
            descriptor: descriptor,
            limits: limits,
            now: now
        )
        do throws(SystemError) {
            try queue.add(connection.descriptor.number, token: connection.token)
        } catch {
            return
        }
        connections[connection.token] = connection
        counters.update { $0.open += 1 }
        if isFull {
            refuse(connection, "too many connections")
            proceed(connection)
        } else {
            watch(connection.deadline)
        }
    }

    /// Tells a client to come back later, and ends with it.
    func refuse(_ connection: HTTPConnection, _ detail: String) {
        send(
            connection,
            .problem(status: 503, detail: detail, headers: ["Retry-After": "1"]),
            isHead: false,
            minorVersion: 1,
            keepsAlive: false
        )
    }

    /// Closes the connection that can be missed best, and of several the oldest.
    ///
    /// So clients that hang cannot keep out those who have a question.
    ///
    /// - Returns: False if all are busy.
    private func shedOne() -> Bool {
        let ranked = connections.values.compactMap { connection in
            connection.worth(at: now, limits).map { (worth: $0, connection: connection) }
        }
        let victim = ranked.min { left, right in
            (left.worth, left.connection.since, left.connection.token)
                < (right.worth, right.connection.since, right.connection.token)
        }
        guard let victim else { return false }
        counters.update { $0.shed += 1 }
        close(victim.connection)
        return true
    }

    private func closeLingering() -> Bool {
        let ending = connections.values.filter { $0.phase == .linger }
        guard let oldest = ending.min(by: { $0.token < $1.token }) else { return false }
        close(oldest)
        return true
    }

    /// Without a descriptor the waiting connection would wake the loop without end.
    private func pauseAccepting() {
        acceptPause = now + .milliseconds(100)
        setListening(false)
    }

    func resumeAccepting() {
        acceptPause = nil
        setListening(true)
    }

    private func setListening(_ isListening: Bool) {
        for index in 0..<listeners.count {
            queue.change(
                listeners.number(index),
                token: UInt64(index),
                readable: isListening,
                writable: false
            )
        }
    }
}

extension HTTPConnection {
    /// How much would be lost with it; `nil` if it must not be closed for another one.
    fileprivate func worth(at now: ContinuousClock.Instant, _ limits: HTTPLimits) -> Int? {
        let age = now - since
        if unsent > 0 || phase == .body { return age >= limits.shedBusyAfter ? 2 : nil }
        switch phase {
        case .idle where hasBeenAnswered: return 0
        case .idle, .head: return age >= limits.shedAfter ? 1 : nil
        case .body, .reply, .linger: return nil
        }
    }
}
