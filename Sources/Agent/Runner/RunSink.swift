package import Pipeline
package import Transport

/// Where a run's events go: remembered first, then told to whoever listens.
package protocol RunSink: AnyObject {
    /// Writes the events, all of one turn, and then publishes them. The run's end is synced
    /// before it is published.
    ///
    /// - Throws: What keeps the journal from taking them; the run cannot go on then.
    func write(_ events: [RunEvent], at now: Timestamp) throws

    /// Set, by whatever thread finds out, when what was written may be lost.
    var alarm: EventDescriptor { get }

    /// Throws what set the alarm.
    func checkJournal() throws

    /// The run has attempts in flight: called at least every five seconds while it does.
    func touch()

    /// Requests that arrived in the run's inbox since the last call.
    func takeCancelRequests() -> [CancelRequest]

    /// Something an attempt printed last, at most ten times a second for each.
    func observe(_ attempt: AttemptRef, lastLine: String)

    /// Something a person should be told that is no event.
    func tell(_ notice: String)
}

extension RunSink {
    package func tell(_ notice: String) {}
}

/// Somebody's wish that a run should end.
package struct CancelRequest: Sendable, Hashable {
    package var by: String
    package var isForced: Bool

    package init(by: String, isForced: Bool) {
        self.by = by
        self.isForced = isForced
    }
}
