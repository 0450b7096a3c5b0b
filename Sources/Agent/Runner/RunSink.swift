package import Pipeline
package import Transport

/// Where a run's events go: remembered first, then told to whoever listens.
package protocol RunSink: AnyObject {
    /// Writes the events, all of one turn, and then publishes them. The run's end is synced
    /// before it is published.
    ///
    /// - Throws: What keeps the journal from taking them; the run cannot go on then.
    func write(_ events: [RunEvent], at now: Timestamp) throws

    /// Writes the run's last events where `write` cannot any more: as many of them, from the
    /// first, as there is room for. Nothing of the run runs by now.
    func writeLast(_ events: [RunEvent], at now: Timestamp)

    /// Set, by whatever thread finds out, when what was written may be lost.
    var alarm: EventDescriptor { get }

    /// Throws what set the alarm.
    func checkJournal() throws

    /// The run has attempts in flight: called at least every five seconds while it does.
    func touch()

    /// Requests that arrived in the run's inbox since the last call.
    func takeRequests() -> [InboxRequest]

    /// Something an attempt printed last, at most ten times a second for each.
    func observe(_ attempt: AttemptRef, lastLine: String)

    /// Something a person should be told that is no event.
    func tell(_ notice: String)
}

extension RunSink {
    package func tell(_ notice: String) {}
}
