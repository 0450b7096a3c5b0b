package import Journal
package import Pipeline

/// Whoever wants to hear of a run, on the engine's thread: it must neither wait nor fail.
package protocol RunListener: Sendable {
    /// The events of one turn, after they were written.
    func offer(_ events: [RecordedEvent])
    /// The last line that an attempt printed.
    func offer(_ attempt: AttemptRef, lastLine: String)
    /// What a person should be told that is no event.
    func offer(notice: String)
    /// The journal that the events are written to; before the first of them is told.
    func follow(_ journal: JournalWriter)
    /// What became of one turn's write to the journal, and how long it took.
    func noteAppend(_ outcome: Result<Duration, JournalError>)
    /// Nothing will follow from this process.
    func close()
}

extension RunListener {
    package func follow(_ journal: JournalWriter) {}
    package func noteAppend(_ outcome: Result<Duration, JournalError>) {}
}

extension Subscription: RunListener {}
