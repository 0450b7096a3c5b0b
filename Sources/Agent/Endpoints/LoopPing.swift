import Synchronization

/// Whether a loop still turns: whoever asks posts a ping, and the age of the oldest one that was
/// not answered is how late the loop is.
///
/// Nothing is posted while nobody asks, so an idle agent stays asleep.
final class LoopPing: Sendable {
    /// The name as metrics and checks have it.
    let loop: String
    private let post: @Sendable (@escaping @Sendable () -> Void) -> Bool
    private let waiting = Mutex<ContinuousClock.Instant?>(nil)

    /// - Parameters:
    ///   - loop: What is pinged.
    ///   - post: Has the loop call what it is given; false when it takes nothing more.
    init(_ loop: String, post: @escaping @Sendable (@escaping @Sendable () -> Void) -> Bool) {
        self.loop = loop
        self.post = post
    }

    /// How late the loop is; a new ping is on its way when the call returns.
    func lag(at now: ContinuousClock.Instant = .now) -> Duration {
        let (age, isNew) = waiting.withLock { waiting in
            if let waiting { return (now - waiting, false) }
            waiting = now
            return (.zero, true)
        }
        // What is full does not turn: the ping stays unanswered.
        if isNew { _ = post { [weak self] in self?.waiting.withLock { $0 = nil } } }
        return age
    }
}
