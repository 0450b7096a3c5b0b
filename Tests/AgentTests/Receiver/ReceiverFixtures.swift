import Agent
import Journal
import Pipeline
import Synchronization
import Telemetry
import TestSupport
import Transport

/// A body of whatever bytes; nobody looks into it on its way to the disk and back.
func makeBody(
    _ bytes: [UInt8],
    _ signal: OTLPSignal = .traces,
    encoding: OTLPEncoding = .protobuf,
    items: Int = 1,
    attempt: AttemptRef? = AttemptRef(step: "build", number: 1),
    at second: Int64 = 5
) -> ReceivedBody {
    ReceivedBody(
        signal: signal,
        encoding: encoding,
        items: items,
        attempt: attempt,
        at: instant(second),
        bytes: bytes
    )
}

/// Bytes that look like nothing.
func noise(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var random = SeededRandom(seed: seed)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + 8)
    while bytes.count < count { withUnsafeBytes(of: random.next()) { bytes += $0 } }
    return Array(bytes.prefix(count))
}

/// Every whole body of a run's file, and what the scan found.
func readBodies(
    _ folder: RunFolder,
    _ signal: OTLPSignal = .traces,
    after sequence: UInt64 = 0
) throws -> (bodies: [ReceivedBody], report: JournalReport) {
    var reader = try ReceivedReader(folder: folder, signal: signal, after: sequence)
    var bodies: [ReceivedBody] = []
    while let body = try reader.next() { bodies.append(body) }
    return (bodies, reader.report)
}

/// The real file system, of which single operations wait or fail as a test wants.
final class GatedStorage: JournalStorage {
    private let real = PosixStorage()
    private let state = Mutex(State())

    private struct State {
        var syncs = 0
        /// Of writes from now on.
        var writeFault: Int32?
        var syncFault: Int32?
        /// What the next sync waits for.
        var gate: Gate?
    }

    /// A sync that stands still until it is let through.
    final class Gate: Sendable {
        /// Rings when a sync has come.
        let arrived: EventDescriptor
        private let passage: EventDescriptor

        init() throws {
            guard let arrived = EventDescriptor(), let passage = EventDescriptor() else {
                throw TestSupportError("eventfd")
            }
            (self.arrived, self.passage) = (arrived, passage)
        }

        func open() { passage.signal() }

        func pass() {
            arrived.signal()
            _ = passage.wait(atMost: .seconds(20))
        }
    }

    /// Of journals.
    var syncs: Int { state.withLock { $0.syncs } }

    func failWrites(_ code: Int32?) { state.withLock { $0.writeFault = code } }
    func failSyncs(_ code: Int32?) { state.withLock { $0.syncFault = code } }
    func hold(_ gate: Gate) { state.withLock { $0.gate = gate } }

    func write(
        _ bytes: [UInt8],
        to file: StorageFile,
        at path: String
    ) throws(StorageError) -> Int {
        if let code = state.withLock({ $0.writeFault }) {
            throw StorageError(.write, path, code: code)
        }
        return try real.write(bytes, to: file, at: path)
    }

    func sync(_ file: StorageFile, at path: String) throws(StorageError) {
        let (gate, fault) = state.withLock { state in
            state.syncs += 1
            defer { state.gate = nil }
            return (state.gate, state.syncFault)
        }
        gate?.pass()
        if let fault { throw StorageError(.sync, path, code: fault) }
        try real.sync(file, at: path)
    }

    func open(_ path: String, _ mode: OpenMode) throws(StorageError) -> StorageFile {
        try real.open(path, mode)
    }

    func close(_ file: StorageFile) { real.close(file) }

    func read(
        _ file: StorageFile,
        at path: String,
        from offset: Int,
        into buffer: inout [UInt8],
        _ range: Range<Int>
    ) throws(StorageError) -> Int {
        try real.read(file, at: path, from: offset, into: &buffer, range)
    }

    func lock(_ file: StorageFile, at path: String) throws(StorageError) -> Bool {
        try real.lock(file, at: path)
    }

    func unlock(_ file: StorageFile) { real.unlock(file) }

    func truncate(_ file: StorageFile, at path: String, to bytes: Int) throws(StorageError) {
        try real.truncate(file, at: path, to: bytes)
    }

    func allocate(_ file: StorageFile, at path: String, bytes: Int) throws(StorageError) {
        try real.allocate(file, at: path, bytes: bytes)
    }

    func status(_ file: StorageFile, at path: String) throws(StorageError) -> FileStatus {
        try real.status(file, at: path)
    }

    func syncFolder(_ path: String) throws(StorageError) { try real.syncFolder(path) }

    func rename(_ source: String, to target: String) throws(StorageError) {
        try real.rename(source, to: target)
    }

    func makeFolder(_ path: String) throws(StorageError) { try real.makeFolder(path) }
    func remove(_ path: String) throws(StorageError) { try real.remove(path) }
    func removeFolder(_ path: String) throws(StorageError) { try real.removeFolder(path) }
}
