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
                if !shedOne() { pauseAccepting() }
            } else if errno != EINTR, errno != ECONNABORTED {
                return
            }
        }
    }

    private func admit(_ descriptor: consuming FileDescriptor) {
        counters.update { $0.accepted += 1 }
        let isFull = connections.count >= limits.connections && !shedOne()
        if isFull { counters.update { $0.rejected += 1 } }
        // Beyond this the word is not worth a descriptor.
        guard connections.count < limits.connections + limits.refusals else { return }
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

    /// Closes the connection that can be missed best: one that rests between two requests; if
    /// there is none, one that has been at its request's head for a while.
    ///
    /// So clients that hang at the head cannot keep out those who have a question.
    ///
    /// - Returns: False if all are busy.
    private func shedOne() -> Bool {
        let latest = now - limits.shedAfter
        let candidates = connections.values.filter { connection in
            guard connection.unsent == 0 else { return false }
            if connection.phase == .idle, connection.hasBeenAnswered { return true }
            return (connection.phase == .idle || connection.phase == .head)
                && connection.since <= latest
        }
        let victim = candidates.min { left, right in
            let (first, second) = (left.isResting, right.isResting)
            return first == second ? left.since < right.since : first
        }
        guard let victim else { return false }
        counters.update { $0.shed += 1 }
        close(victim)
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
    fileprivate var isResting: Bool { phase == .idle && hasBeenAnswered }
}
