import Pipeline
import Synchronization
package import Telemetry
package import Transport

/// Weir's own log: records go into a bounded ring, and a thread of their own writes them.
///
/// Whoever has something to say never waits: a stderr that nobody reads costs records, which are
/// counted, and told of when it takes some again.
package final class AgentLog: Sendable {
    private struct State {
        var entries: [Entry] = []
        var dropped = 0
        var isEnding = false
    }

    enum Entry: Sendable {
        case record(LogRecord)
        /// A line for people, as it is.
        case line(String)
    }

    /// Records that may wait; a busy run at the level `debug` fills it in a second.
    private static let capacity = 4_096

    private let state = Mutex(State())
    private let threshold: Atomic<Int>
    private let format: LogFormat
    private let bell: EventDescriptor
    private let ended: EventDescriptor
    private let onDrop = Mutex<(@Sendable (Int) -> Void)?>(nil)
    private let watcher = Mutex<ExportWatcher?>(nil)

    /// Looks how the export stands: what is to be told of it, and whether to look again soon.
    package typealias ExportWatcher = @Sendable () -> (records: [LogRecord], isUnsettled: Bool)

    /// A log on `descriptor`, which stays its owner's.
    ///
    /// - Parameters:
    ///   - descriptor: Where it is written.
    ///   - level: The least that is.
    ///   - format: How.
    /// - Throws: When the system has no thread or descriptor to give.
    package init(
        to descriptor: Int32,
        from level: LogLevel,
        as format: LogFormat
    ) throws(SystemError) {
        threshold = Atomic(level.rank)
        self.format = format
        guard let bell = EventDescriptor(), let ended = EventDescriptor() else {
            throw SystemError("eventfd")
        }
        self.bell = bell
        self.ended = ended
        let writer = LogWriter(descriptor, bell: bell)
        try NamedThread("weir-log") { [self] in
            run(writer)
            ended.signal()
        }
        .detach()
    }

    /// The least that is written, from now on.
    package var level: LogLevel {
        get {
            let rank = threshold.load(ordering: .relaxed)
            return LogLevel.allCases.first { $0.rank == rank } ?? .info
        }
        set { threshold.store(newValue.rank, ordering: .relaxed) }
    }

    /// Whether a line that is no JSON would be misread.
    package var isJSON: Bool { format == .json }

    package func isWritten(_ level: LogLevel) -> Bool {
        level.rank >= threshold.load(ordering: .relaxed)
    }

    /// Queues a record, if its level is written.
    package func write(_ record: LogRecord) {
        if isWritten(record.level) { add(.record(record)) }
    }

    /// Queues a record of this moment.
    package func write(
        _ level: LogLevel,
        _ message: String,
        _ describe: (LogRecord) -> LogRecord = { $0 }
    ) {
        guard isWritten(level) else { return }
        add(.record(describe(LogRecord(level, message, at: RunClock.wallNow))))
    }

    /// Queues what a person should know: a line as `weir: …`, or a record where all is JSON.
    package func tell(_ text: String, _ level: LogLevel = .info) {
        guard isJSON else { return add(.line("weir: \(text)\n")) }
        write(level, text)
    }

    /// Has drops counted, those from before this call as well.
    package func countDrops(by count: @escaping @Sendable (Int) -> Void) {
        onDrop.withLock { $0 = count }
        let before = state.withLock { $0.dropped }
        if before > 0 { count(before) }
    }

    /// Has the export looked after, whenever something has happened.
    package func watchExport(_ watch: @escaping ExportWatcher) {
        watcher.withLock { $0 = watch }
    }

    /// Writes what is queued, as far as a second goes; nothing is written afterwards.
    package func stop() {
        state.withLock { $0.isEnding = true }
        bell.signal()
        _ = ended.wait(atMost: LogWriter.patience + .milliseconds(500))
    }

    private func add(_ entry: Entry) {
        let isDropped = state.withLock { state in
            guard !state.isEnding, state.entries.count < Self.capacity else {
                state.dropped += 1
                return true
            }
            state.entries.append(entry)
            return false
        }
        guard isDropped else { return bell.signal() }
        onDrop.withLock { $0 }?(1)
    }

    // MARK: - The thread

    private func run(_ writer: LogWriter) {
        var writer = writer
        var lookDue: ContinuousClock.Instant?
        while true {
            let (entries, dropped, isEnding) = state.withLock { state in
                defer { (state.entries, state.dropped) = ([], 0) }
                return (state.entries, state.dropped, state.isEnding)
            }
            guard write(entries, dropped, to: &writer, isEnding: isEnding) else { return }
            if entries.isEmpty, isEnding { return }
            if !entries.isEmpty { lookDue = lookDue ?? .now + Self.lookInterval }
            if let due = lookDue, due <= .now {
                lookDue = look() ? .now + Self.lookInterval : nil
            }
            guard entries.isEmpty else { continue }
            _ = bell.wait(atMost: lookDue.map { $0 - .now })
            bell.clear()
        }
    }

    /// What is told of the export is that much late at most.
    private static let lookInterval = Duration.seconds(2)

    private func look() -> Bool {
        guard let watch = watcher.withLock({ $0 }) else { return false }
        let (records, isUnsettled) = watch()
        for record in records { write(record) }
        return isUnsettled
    }

    private func write(
        _ entries: [Entry],
        _ dropped: Int,
        to writer: inout LogWriter,
        isEnding: Bool
    ) -> Bool {
        var bytes: [UInt8] = []
        for entry in entries {
            switch entry {
            case .record(let record): format.append(record, to: &bytes)
            case .line(let line): bytes += line.utf8
            }
            if bytes.count >= 64 << 10 {
                guard writer.write(bytes, isEnding: { self.isEnding }) else { return false }
                bytes.removeAll(keepingCapacity: true)
            }
        }
        if dropped > 0 {
            let record = LogRecord(.warn, "log records were dropped", at: RunClock.wallNow)
                .with("count", dropped)
            format.append(record, to: &bytes)
        }
        return writer.write(bytes, isEnding: { self.isEnding })
    }

    private var isEnding: Bool { state.withLock { $0.isEnding } }
}
