import Glibc
import Journal
package import Pipeline
import Telemetry

/// How often a job that somebody else starts, cron as a rule, is to succeed: `weir exec
/// --expect-every`.
///
/// A small file a job, `<state>/expected/<name>.json`, so that the agent of the folder can tell
/// when a job is overdue, one that never ran again included: nothing of it runs then.
///
///     {"every_ns": …, "since": …, "last_success": …, "usual_ns": …}
package struct Expectation: Hashable, Sendable {
    package var every: Duration
    /// When it was first expected.
    package var since: Timestamp
    /// When the last run that succeeded began.
    package var lastSuccess: Timestamp?
    /// How long nearly all runs take.
    package var usual: Duration?

    private static let bytesMax = 4_096

    package init(every: Duration, since: Timestamp) {
        self.every = every
        self.since = since
    }

    /// From when on the next success is overdue.
    package var deadline: Timestamp { max(since, lastSuccess ?? since) + every + (usual ?? .zero) }

    /// A run begins: what is expected is known from then on, even if it never ends.
    ///
    /// - Parameters:
    ///   - every: How often; zero: no more.
    ///   - name: The job's.
    ///   - state: Where that is remembered.
    ///   - now: By the wall clock.
    /// - Throws: What keeps the file from being written.
    package static func begin(
        every: Duration,
        of name: String,
        in state: StateFolder,
        at now: Timestamp
    ) throws(StateError) {
        guard every > .zero else { return try remove(name, in: state) }
        var expectation = read(name, in: state) ?? Expectation(every: every, since: now)
        expectation.every = every
        try expectation.write(name, in: state)
    }

    /// A run has succeeded.
    ///
    /// - Parameters:
    ///   - start: When it began.
    ///   - name: The job's.
    ///   - state: Where its runs are.
    /// - Throws: What keeps the file from being written.
    package static func noteSuccess(
        begunAt start: Timestamp,
        of name: String,
        in state: StateFolder
    ) throws(StateError) {
        guard var expectation = read(name, in: state) else { return }
        expectation.lastSuccess = max(start, expectation.lastSuccess ?? start)
        expectation.usual = state.baselines(of: name).run?.p95
        try expectation.write(name, in: state)
    }

    /// `nil`: nothing is expected of it, or the file does not say what.
    package static func read(_ name: String, in state: StateFolder) -> Expectation? {
        let path = path(name, state)
        guard let bytes = try? state.storage.readFile(path, limit: bytesMax),
            let value = try? JSONValue(parsing: bytes),
            let every = value["every_ns"]?.integer, every > 0,
            let since = value["since"]?.integer
        else { return nil }
        var expectation = Expectation(
            every: .nanoseconds(every),
            since: Timestamp(nanoseconds: since)
        )
        expectation.lastSuccess = value["last_success"]?.integer.map(Timestamp.init(nanoseconds:))
        expectation.usual = value["usual_ns"]?.integer.map { .nanoseconds(max(0, $0)) }
        return expectation
    }

    /// The names of the jobs of which something is expected.
    package static func names(in state: StateFolder) -> [String] {
        let files = (try? entries(of: state.expectedPath)) ?? []
        return files.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }
            .filter(SpecName.isPipelineName).sorted()
    }

    private static func remove(_ name: String, in state: StateFolder) throws(StateError) {
        let path = path(name, state)
        do throws(StorageError) {
            try state.storage.remove(path)
        } catch {
            guard error.code == ENOENT else { throw .storage(error) }
        }
    }

    private func write(_ name: String, in state: StateFolder) throws(StateError) {
        var json = JSONWriter()
        json.beginObject()
        json.key("every_ns")
        json.integer(every.wholeNanoseconds)
        json.key("since")
        json.integer(since.nanoseconds)
        if let lastSuccess {
            json.key("last_success")
            json.integer(lastSuccess.nanoseconds)
        }
        if let usual {
            json.key("usual_ns")
            json.integer(usual.wholeNanoseconds)
        }
        json.endObject()
        try stored { () throws(StorageError) in
            try state.storage.makeFolders(state.expectedPath)
        }
        let bytes = json.bytes
        try journaled { () throws(JournalError) in
            let path = Self.path(name, state)
            // Several may run at once: each prepares its own.
            let temporary = state.expectedPath + "/.\(name)-\(getpid())"
            try state.storage.replaceFile(path, with: bytes, synced: false, temporary: temporary)
        }
    }

    private static func path(_ name: String, _ state: StateFolder) -> String {
        state.expectedPath + "/" + name + ".json"
    }
}
