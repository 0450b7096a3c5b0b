import Agent
import Journal
import Pipeline
import Synchronization
import TestSupport

/// A state folder of one test.
struct StateFixture {
    let directory: TemporaryDirectory
    let state: StateFolder

    /// - Parameters:
    ///   - parent: Where it is; in /dev/shm nothing waits for a disk.
    ///   - storage: What it is reached through.
    init(in parent: String = "/tmp", storage: any JournalStorage = PosixStorage()) {
        directory = TemporaryDirectory(in: parent)
        state = StateFolder(path: directory.path + "/state", storage: storage)
    }

    /// The same folder through another storage.
    func through(_ storage: any JournalStorage) -> StateFolder {
        StateFolder(path: state.path, storage: storage)
    }

    /// A run begun at `second` whose id ends with `suffix`.
    @discardableResult
    func makeRun(
        _ second: Int64 = 1,
        suffix: UInt64 = 0xABCD,
        pipeline: String = "daily",
        isExported: Bool = false
    ) throws -> OwnedRun {
        try state.createRun(
            makeRunStart(second, suffix: suffix, pipeline: pipeline, isExported: isExported),
            at: instant(second),
            plan: makePlanDocument()
        )
    }
}

func instant(_ second: Int64) -> Timestamp {
    Timestamp(nanoseconds: 1_755_687_600_000_000_000 + second * 1_000_000_000)
}

func makeRunStart(
    _ second: Int64 = 1,
    suffix: UInt64 = 0xABCD,
    pipeline: String = "daily",
    isExported: Bool = false
) -> RunStarted {
    let id = RunID(startedAt: instant(second), random: (7, suffix))
    return RunStarted(
        run: id,
        pipeline: pipeline,
        stepCount: 1,
        workers: 2,
        specDigest: "00",
        trigger: "cli",
        scheduledAt: instant(second),
        trace: TraceContext(traceID: TraceID(high: id.high, low: id.low)),
        isExported: isExported
    )
}

func makePlanDocument() -> PlanDocument {
    PlanDocument(
        pipeline: "daily",
        file: "weir.yaml",
        directory: "/srv/daily",
        spec: "steps:\n  a: {run: 'echo \"é\"'}\n",
        specDigest: "00ff",
        params: [PlanDocument.Param("z", "1"), PlanDocument.Param("a", "\0\"")],
        workers: 4,
        trigger: "cli",
        outputs: "/srv/outputs"
    )
}

extension OwnedRun {
    /// Appends events as one turn, numbered from `first`.
    func append(_ events: [RunEvent], from first: UInt64 = 2, at second: Int64 = 2) throws {
        var codec = RunEventCodec()
        var lines: [UInt8] = []
        for (index, event) in events.enumerated() {
            let sequence = first + UInt64(index)
            try codec.encode(
                RecordedEvent(sequence: sequence, at: instant(second), event: event),
                into: &lines
            )
        }
        try journal.append(lines)
    }
}

/// The real file system, until a given operation, from which on the process counts as dead:
/// nothing is done any more, and everything throws.
final class CrashingStorage: JournalStorage {
    private let real = PosixStorage()
    private let limit: Int
    /// Of a file that cannot be removed.
    private let stubborn: String?
    private let performed = Mutex<[String]>([])

    init(after operations: Int = .max, keeping stubborn: String? = nil) {
        limit = operations
        self.stubborn = stubborn
    }

    /// What was done: `write plan.json`.
    var operations: [String] { performed.withLock { $0 } }

    private func live(
        _ path: String,
        _ operation: StorageError.Operation
    ) throws(StorageError) {
        try performed.withLock { performed throws(StorageError) in
            guard performed.count < limit else { throw StorageError(operation, path, code: 5) }
            performed.append("\(operation.rawValue) \(path.split(separator: "/").last ?? "")")
        }
    }

    func open(_ path: String, _ mode: OpenMode) throws(StorageError) -> StorageFile {
        try live(path, .open)
        return try real.open(path, mode)
    }

    func close(_ file: StorageFile) { real.close(file) }

    func write(
        _ bytes: [UInt8],
        to file: StorageFile,
        at path: String
    ) throws(StorageError) -> Int {
        try live(path, .write)
        return try real.write(bytes, to: file, at: path)
    }

    func read(
        _ file: StorageFile,
        at path: String,
        from offset: Int,
        into buffer: inout [UInt8],
        _ range: Range<Int>
    ) throws(StorageError) -> Int {
        try live(path, .read)
        return try real.read(file, at: path, from: offset, into: &buffer, range)
    }

    func sync(_ file: StorageFile, at path: String) throws(StorageError) {
        try live(path, .sync)
        try real.sync(file, at: path)
    }

    func lock(_ file: StorageFile, at path: String) throws(StorageError) -> Bool {
        try real.lock(file, at: path)
    }

    func unlock(_ file: StorageFile) { real.unlock(file) }

    func truncate(
        _ file: StorageFile,
        at path: String,
        to bytes: Int
    ) throws(StorageError) {
        try live(path, .truncate)
        try real.truncate(file, at: path, to: bytes)
    }

    func allocate(_ file: StorageFile, at path: String, bytes: Int) throws(StorageError) {
        try live(path, .allocate)
        try real.allocate(file, at: path, bytes: bytes)
    }

    func status(_ file: StorageFile, at path: String) throws(StorageError) -> FileStatus {
        try live(path, .inspect)
        return try real.status(file, at: path)
    }

    func syncFolder(_ path: String) throws(StorageError) {
        try live(path, .sync)
        try real.syncFolder(path)
    }

    func rename(_ source: String, to target: String) throws(StorageError) {
        try live(source, .rename)
        try real.rename(source, to: target)
    }

    func makeFolder(_ path: String) throws(StorageError) {
        try live(path, .makeFolder)
        try real.makeFolder(path)
    }

    func remove(_ path: String) throws(StorageError) {
        try live(path, .remove)
        if let stubborn, path.hasSuffix(stubborn) { throw StorageError(.remove, path, code: 13) }
        try real.remove(path)
    }

    func removeFolder(_ path: String) throws(StorageError) {
        try live(path, .remove)
        try real.removeFolder(path)
    }
}
