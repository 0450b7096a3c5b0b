import Synchronization

/// Appends whole lines to one journal and makes them durable.
///
/// One thread appends, any thread may sync. `written` and `synced` are the two watermarks that
/// readers go by: offsets in the file, both always at the end of a line. A writer that cannot
/// vouch for its file any more (a failed `fdatasync`, a failed repair, a deleted file) fails for
/// good: the run is then taken up from the disk, by a new writer.
package final class JournalWriter: Sendable {
    /// What one `sync` came to, told to the listeners.
    package enum SyncOutcome: Sendable {
        /// All before `offset` is durable; `took` is the time of the `fdatasync`.
        case advanced(to: Int, took: Duration)
        case failed(JournalError)
    }

    package let path: String
    private let storage: any JournalStorage
    private let file: StorageFile
    private let writtenBytes: Atomic<Int>
    /// How far a power cut leaves the file alone, for those who outlive the writer.
    package let syncedMark: SyncedMark
    private let isDirty = Atomic(false)
    private let state = Mutex(State())
    /// Held while `fdatasync` runs: the kernel reports a lost write to one caller only, so a
    /// second one at the same time would take silence for success.
    private let syncing = Mutex(())

    private struct State {
        var failure: JournalError?
        var isClosed = false
        /// A folder whose entry for the journal's own may not be durable yet.
        var unsyncedFolder: String?
        var whenDirty: (@Sendable (JournalWriter) -> Void)?
        var listeners: [@Sendable (SyncOutcome) -> Void] = []
    }

    private init(
        path: String,
        storage: any JournalStorage,
        file: StorageFile,
        bytes: Int,
        synced: Int = 0
    ) {
        self.path = path
        self.storage = storage
        self.file = file
        writtenBytes = Atomic(bytes)
        syncedMark = SyncedMark(synced)
    }

    deinit {
        if !state.withLock({ $0.isClosed }) { storage.close(file) }
    }

    /// Creates the journal, empty; it must not exist.
    package static func create(
        _ path: String,
        in storage: any JournalStorage = PosixStorage()
    ) throws(JournalError) -> JournalWriter {
        let file = try journaling { () throws(StorageError) in try storage.open(path, .create) }
        return JournalWriter(path: path, storage: storage, file: file, bytes: 0)
    }

    /// Opens the journal to go on at `end`, where its last good line ends.
    ///
    /// `synced` says how far the caller knows it to be durable; what a former owner wrote may have
    /// been left unsynced. The first sync makes the entries of `folder` durable too, in which the
    /// journal's own folder has just been given its name.
    ///
    /// - Throws: `unexpectedSize` when it does not end there: a torn tail is to be cut first.
    package static func open(
        _ path: String,
        at end: Int,
        synced: Int = 0,
        entriesOf folder: String? = nil,
        in storage: any JournalStorage = PosixStorage()
    ) throws(JournalError) -> JournalWriter {
        precondition(folder == nil || synced == 0, "what has no durable name is not durable")
        let file = try journaling { () throws(StorageError) in try storage.open(path, .append) }
        let writer = JournalWriter(
            path: path,
            storage: storage,
            file: file,
            bytes: end,
            synced: synced
        )
        writer.state.withLock { $0.unsyncedFolder = folder }
        let status = try journaling { () throws(StorageError) in
            try storage.status(file, at: path)
        }
        guard status.bytes == end else {
            throw .unexpectedSize(path: path, expected: end, found: status.bytes)
        }
        return writer
    }

    /// How far the file reaches.
    package var written: Int { writtenBytes.load(ordering: .acquiring) }
    /// How far a power cut leaves it alone.
    package var synced: Int { syncedMark.bytes }
    /// Why the writer takes nothing more, if so.
    package var failure: JournalError? { state.withLock { $0.failure } }

    /// Writes one turn's sealed lines with one `write(2)`.
    ///
    /// Whatever it throws, the file ends where it did before, `gone` apart; after `shortWrite` and
    /// `storage` the writer may be used again.
    package func append(_ lines: [UInt8]) throws(JournalError) {
        guard !lines.isEmpty else { return }
        try checkUsable()
        let end = writtenBytes.load(ordering: .relaxed)
        let count: Int
        do {
            count = try storage.write(lines, to: file, at: path)
        } catch {
            cutBack(to: end)
            throw .storage(error)
        }
        guard count == lines.count else {
            cutBack(to: end)
            throw .shortWrite(path: path, bytes: count, of: lines.count)
        }
        // What a deleted file takes nobody will read: nothing may start because of it.
        try checkExists()
        writtenBytes.store(end + count, ordering: .releasing)
        if !isDirty.exchange(true, ordering: .acquiringAndReleasing) {
            state.withLock { $0.whenDirty }?(self)
        }
    }

    /// Writes a run's last lines on a full disk, in the room that `reserve` gives back for them.
    ///
    /// - Throws: What `append` throws, when all of the reserve was not enough.
    package func append(_ lines: [UInt8], freeing reserve: JournalReserve) throws(JournalError) {
        while true {
            let isLast = !reserve.giveBack()
            do throws(JournalError) {
                return try append(lines)
            } catch {
                // Somebody else may have been quicker to take what was given back.
                if isLast { throw error }
            }
        }
    }

    /// Finds out whether the file has been deleted.
    ///
    /// - Throws: `gone`, and from then on `failed`.
    package func checkExists() throws(JournalError) {
        guard (try? storage.status(file, at: path))?.links == 0 else { return }
        _ = fail(.gone(path: path))
        throw .gone(path: path)
    }

    /// Returns when all that was written before the call is durable.
    ///
    /// - Throws: `storage` or `gone`, and from then on `failed`: it is not tried again.
    package func sync() throws(JournalError) {
        let outcome = try syncing.withLock { _ throws(JournalError) in try syncAlone() }
        guard let outcome else { return }
        for listener in state.withLock({ $0.listeners }) { listener(outcome) }
        if case .failed(let error) = outcome { throw error }
    }

    /// Calls `listener` after each sync, on the thread that synced.
    package func onSync(_ listener: @escaping @Sendable (SyncOutcome) -> Void) {
        state.withLock { $0.listeners.append(listener) }
    }

    /// Closes the file without syncing it.
    package func close() {
        syncing.withLock { _ in
            let wasOpen = state.withLock { state in
                defer { state.isClosed = true }
                return !state.isClosed
            }
            if wasOpen { storage.close(file) }
        }
    }

    /// Calls `handler` when something unsynced stands in the file that did not before.
    func whenDirty(_ handler: (@Sendable (JournalWriter) -> Void)?) {
        state.withLock { $0.whenDirty = handler }
        if let handler, isDirty.load(ordering: .acquiring) { handler(self) }
    }

    /// `nil`: there was nothing to sync.
    private func syncAlone() throws(JournalError) -> SyncOutcome? {
        try checkUsable()
        // Before the watermark is read: a line written from here on makes the file dirty anew.
        isDirty.store(false, ordering: .sequentiallyConsistent)
        let end = writtenBytes.load(ordering: .sequentiallyConsistent)
        guard synced < end else { return nil }
        let start = ContinuousClock.now
        do throws(StorageError) {
            try storage.sync(file, at: path)
            if try storage.status(file, at: path).links == 0 { return fail(.gone(path: path)) }
            if let folder = state.withLock({ $0.unsyncedFolder }) {
                try storage.syncFolder(folder)
                state.withLock { $0.unsyncedFolder = nil }
            }
        } catch {
            return fail(.storage(error))
        }
        syncedMark.move(to: end)
        return .advanced(to: end, took: ContinuousClock.now - start)
    }

    private func cutBack(to end: Int) {
        do {
            try storage.truncate(file, at: path, to: end)
        } catch {
            _ = fail(.storage(error))
        }
    }

    private func fail(_ error: JournalError) -> SyncOutcome {
        state.withLock { $0.failure = $0.failure ?? error }
        return .failed(error)
    }

    private func checkUsable() throws(JournalError) {
        let (failure, isClosed) = state.withLock { ($0.failure, $0.isClosed) }
        if let failure { throw .failed(path: path, cause: failure) }
        if isClosed { throw .closed(path: path) }
    }
}

/// How far a journal is durable; it stays when the writer and its descriptor are gone.
package final class SyncedMark: Sendable {
    private let offset: Atomic<Int>

    fileprivate init(_ bytes: Int) {
        offset = Atomic(bytes)
    }

    package var bytes: Int { offset.load(ordering: .acquiring) }

    fileprivate func move(to bytes: Int) {
        offset.store(bytes, ordering: .releasing)
    }
}

/// Runs `operation`, its error told as a journal's.
func journaling<Value>(
    _ operation: () throws(StorageError) -> Value
) throws(JournalError) -> Value {
    do {
        return try operation()
    } catch {
        throw .storage(error)
    }
}
