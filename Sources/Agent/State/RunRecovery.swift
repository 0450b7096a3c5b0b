package import Journal
package import Pipeline

/// A run taken up again, after its former owner is gone.
package struct RecoveredRun: Sendable {
    package let owned: OwnedRun
    package let plan: PlanDocument
    package let started: RunStarted
    /// The last event that is in the journal.
    package let last: RecordedEvent
    /// When the former owner was last known to live: the later of its last event and its last
    /// touch of the lock.
    package let diedAt: Timestamp
    /// What was cut off the journal's end.
    package let cut: TornTail?
}

extension RecoveredRun {
    /// The plan as it was stored, never today's file.
    ///
    /// - Throws: `damagedFile` when it is not the one that the run was started with.
    func readPlan() throws(StateError) -> Plan {
        try plan.read(startedAs: started, at: owned.folder.planPath)
    }
}

extension PlanDocument {
    /// The plan as it was stored.
    ///
    /// - Throws: `damagedFile` when it is not the one that the run was started with.
    func read(startedAs started: RunStarted, at path: String) throws(StateError) -> Plan {
        guard SHA256Digest(of: spec).description == started.specDigest else {
            let why = "its spec is not the one that the run was started with"
            throw .damagedFile(path: path, why: why)
        }
        let reading = PipelineReader.read(Array(spec.utf8), file: file)
        guard let plan = reading.plan else {
            let why = reading.diagnostics.first?.headline ?? "its spec cannot be read"
            throw .damagedFile(path: path, why: why)
        }
        return plan
    }
}

extension RunFolder {
    /// Takes the run over: lock, plan, and every event in order to `body`.
    ///
    /// A torn tail is cut; of every other fault the journal is left as it is, unless its loss is
    /// accepted. When this throws, what `body` has seen is worth nothing.
    ///
    /// - Throws: `alreadyRunning`, `finished`, `corrupt`, `noStart`, `unreadableEvent`,
    ///   `unsupportedFormat`, `damagedFile`, `journal`, `storage`; `noSuchRun` when it was deleted.
    package func takeUp(
        _ policy: LossPolicy = .refuse,
        _ body: (RecordedEvent) -> Void
    ) throws(StateError) -> RecoveredRun {
        do throws(StateError) {
            return try recover(policy, body)
        } catch {
            throw told(error)
        }
    }

    private func recover(
        _ policy: LossPolicy,
        _ body: (RecordedEvent) -> Void
    ) throws(StateError) -> RecoveredRun {
        let lock = try takeLock()
        let plan = try plan()
        let (started, last, report) = try replay(policy, body)
        if case .runFinished = last.event { throw .finished(run: id) }
        var cut: TornTail?
        if case .tornTail(let tail) = report.verdict {
            try journaled { () throws(JournalError) in try storage.cut(tail, off: journalPath) }
            cut = tail
        }
        let journal = try journaled { () throws(JournalError) in
            try JournalWriter.open(
                journalPath,
                at: report.end,
                entriesOf: Journal.folder(of: path),
                in: storage
            )
        }
        return RecoveredRun(
            owned: OwnedRun(folder: self, lock: lock, journal: journal),
            plan: plan,
            started: started,
            last: last,
            diedAt: max(last.at, lock.touchedBefore ?? last.at),
            cut: cut
        )
    }

    private func takeLock() throws(StateError) -> FileLock {
        do throws(StateError) {
            return try FileLock.take(lockPath)
        } catch .locked(_, let pid) {
            throw .alreadyRunning(run: id, pid: pid)
        }
    }

    private func replay(
        _ policy: LossPolicy,
        _ body: (RecordedEvent) -> Void
    ) throws(StateError) -> (RunStarted, last: RecordedEvent, JournalReport) {
        var reader = try journaled { () throws(JournalError) in
            try JournalReader(journalPath, in: storage)
        }
        var started: RunStarted?
        var last: RecordedEvent?
        while let line = try nextLine(&reader) {
            let event = try decode(line)
            if started == nil { started = try start(of: event) }
            body(event)
            last = event
        }
        let report = reader.report
        if case .corrupt(let damage) = report.verdict {
            guard case .accept(let tell) = policy else {
                throw .corrupt(run: id, path: journalPath, damage: damage)
            }
            try cutDamage(damage, after: last, tell: tell)
        }
        guard let started, let last else { throw .noStart(run: id, path: journalPath) }
        return (started, last, report)
    }

    func decode(_ line: JournalLine) throws(StateError) -> RecordedEvent {
        do throws(CodecError) {
            return try RunEventCodec.decode(line)
        } catch {
            throw .unreadableEvent(run: id, sequence: line.sequence, cause: error)
        }
    }

    private func start(of event: RecordedEvent) throws(StateError) -> RunStarted {
        guard case .runStarted(let started) = event.event, started.run == id else {
            throw .noStart(run: id, path: journalPath)
        }
        guard started.formatVersion == RunStarted.format else {
            throw .unsupportedFormat(run: id, version: started.formatVersion)
        }
        return started
    }
}
