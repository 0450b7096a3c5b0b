package import Pipeline

/// Whoever wants to hear of a run, on the engine's thread: it must neither wait nor fail.
package protocol RunListener: Sendable {
    /// The events of one turn, after they were written.
    func offer(_ events: [RecordedEvent])
    /// The last line that an attempt printed.
    func offer(_ attempt: AttemptRef, lastLine: String)
    /// What a person should be told that is no event.
    func offer(notice: String)
}

extension Subscription: RunListener {}
