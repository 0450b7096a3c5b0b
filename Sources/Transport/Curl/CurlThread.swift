internal import CCurl
internal import Synchronization

/// A thread of its own for HTTP requests: one libcurl multi handle, so many transfers at a time.
///
/// No call blocks but `shutDown`, and that for as long as it is told. Completions and the turn run
/// on the thread, outside every lock.
package final class CurlThread: Sendable {
    /// What else the thread does each time it wakes, after the completions; gives the instant at
    /// which it wants to be called again at the latest.
    package typealias Turn = @Sendable (CurlThread) -> ContinuousClock.Instant?

    private let mailbox = CurlMailbox()
    private let ended: EventDescriptor
    private let thread = Mutex<NamedThread?>(nil)
    private let turn: Turn
    private let liveTransfers: Int
    private let library: @Sendable () throws(CurlFailure) -> CurlLibrary

    /// Starts the thread.
    ///
    /// - Parameters:
    ///   - name: Is seen in `/proc/<pid>/task/*/comm`; the kernel keeps 15 bytes of it.
    ///   - liveTransfers: So many requests at once; the others wait.
    ///   - turn: What else the thread does.
    /// - Throws: `CurlFailure` when the system has no descriptor or thread to give.
    package convenience init(
        name: String,
        liveTransfers: Int = CurlLimits.liveTransfers,
        turn: @escaping Turn = { _ in nil }
    ) throws(CurlFailure) {
        try self.init(
            name: name,
            liveTransfers: liveTransfers,
            turn: turn,
            library: { () throws(CurlFailure) in try CurlLibrary.shared.get() }
        )
    }

    /// `library` is called once, on the thread.
    init(
        name: String,
        liveTransfers: Int = CurlLimits.liveTransfers,
        turn: @escaping Turn = { _ in nil },
        library: @escaping @Sendable () throws(CurlFailure) -> CurlLibrary
    ) throws(CurlFailure) {
        self.library = library
        self.liveTransfers = max(1, liveTransfers)
        guard let ended = EventDescriptor() else {
            throw CurlFailure(.other, message: "no descriptor for \(name)")
        }
        self.ended = ended
        self.turn = turn
        try start(name)
    }

    /// Queues a request; its result is handed to `completion` on the thread.
    ///
    /// - Returns: False when too many are waiting or the thread is ending; `completion` is then
    ///   never called.
    package func submit(
        _ request: CurlRequest,
        completion: @escaping @Sendable (CurlResult) -> Void
    ) -> Bool {
        mailbox.post(CurlMailbox.Letter(request: request, completion: completion))
    }

    /// Has the thread take a turn soon.
    package func wake() {
        mailbox.ring()
    }

    /// Takes no more requests, lets the live ones end within `limit`, aborts the rest and joins.
    ///
    /// Every completion has been called when this returns true.
    ///
    /// - Returns: False when the thread does not end, a second after it should have: it is stuck
    ///   in a system call and is left behind.
    @discardableResult
    package func shutDown(within limit: Duration) -> Bool {
        mailbox.end(by: .now + limit)
        guard ended.wait(atMost: limit + .seconds(1)) else { return false }
        let taken = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        taken?.join()
        return true
    }

    private func start(_ name: String) throws(CurlFailure) {
        do throws(SystemError) {
            let started = try NamedThread(name) { [self] in run() }
            thread.withLock { $0 = started }
        } catch {
            throw CurlFailure(.other, message: error.description)
        }
    }

    private func run() {
        defer { ended.signal() }
        do throws(CurlFailure) {
            let multi = try makeMulti()
            mailbox.open(multi.wakeUp)
            loop(multi)
            // Before the handle can go: from here on nobody rings.
            let letters = mailbox.close()
            multi.abort()
            for letter in letters { letter.completion(.failure(.neverBegun)) }
        } catch {
            refuseAll(error)
        }
    }

    private func makeMulti() throws(CurlFailure) -> CurlMulti {
        let library = try library()
        guard let multi = CurlMulti(library, liveTransfers: liveTransfers) else {
            throw CurlFailure(.other, message: "no memory for libcurl's multi handle")
        }
        return multi
    }

    private func loop(_ multi: CurlMulti) {
        while true {
            multi.step()
            let next = turn(self)
            let delivery = mailbox.take(liveTransfers - multi.liveCount)
            for letter in delivery.letters {
                multi.start(letter.request, completion: letter.completion)
            }
            if !delivery.letters.isEmpty { continue }
            let now = ContinuousClock.now
            if let deadline = delivery.deadline, multi.liveCount == 0 || now >= deadline { return }
            let until = [next, delivery.deadline].compactMap { $0 }.min()
            multi.wait(atMost: until.map { $0 - now } ?? .seconds(60))
        }
    }

    /// Without libcurl every request fails, and says why; the thread lives on for its turns.
    private func refuseAll(_ failure: CurlFailure) {
        let bell = EventDescriptor()
        mailbox.open { bell?.signal() }
        while true {
            let next = turn(self)
            let delivery = mailbox.take(.max)
            for letter in delivery.letters { letter.completion(.failure(failure)) }
            if delivery.deadline != nil || bell == nil { break }
            guard delivery.letters.isEmpty else { continue }
            _ = bell?.wait(atMost: next.map { $0 - .now } ?? .seconds(60))
            bell?.clear()
        }
        for letter in mailbox.close() { letter.completion(.failure(failure)) }
    }
}

extension CurlFailure {
    fileprivate static let neverBegun = CurlFailure(.aborted, message: "shut down before it began")
}
