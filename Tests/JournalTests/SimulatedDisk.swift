import Journal
import Synchronization

/// A disk in memory that knows what is durable, and fails when it is told to.
///
/// Contents become durable by `sync`, names by `syncFolder`. `powerCut` leaves what a real disk
/// may leave.
final class SimulatedDisk: JournalStorage {
    enum Fault: Hashable, Sendable {
        /// The operation does nothing and throws.
        case fail(Int32)
        /// A write stops after so many bytes.
        case short(Int)
        /// From this operation on everything throws: the process is dead.
        case crash
    }

    /// What a power cut does to what was not synced.
    enum Cut: Hashable, Sendable, CaseIterable {
        case losesAll
        case keepsAll
        case keepsNamesLosesContents
        case keepsContentsLosesNames
    }

    struct File {
        var bytes: [UInt8] = []
        var durable: [UInt8] = []
        /// What it takes up, where that is more than its content.
        var allocated = 0

        var room: Int { max(bytes.count, allocated) }
    }

    private struct State {
        var files: [Int: File] = [:]
        var names: [String: Int] = [:]
        var durableNames: [String: Int] = [:]
        var descriptors: [Int32: Int] = [:]
        var next: Int32 = 3
        var operations: [String] = []
        var faults: [Int: Fault] = [:]
        var isDead = false
        var capacity = Int.max

        /// What named files leave of the disk.
        var room: Int {
            let inodes = Set(names.values)
            return capacity - inodes.reduce(0) { $0 + (files[$1]?.room ?? 0) }
        }
    }

    private let state = Mutex(State())

    /// The operations so far, by name: `write journal.jsonl`.
    var operations: [String] { state.withLock { $0.operations } }
    var openFiles: Int { state.withLock { $0.descriptors.count } }

    /// Makes the disk so large that `bytes` are left.
    func leaveRoom(_ bytes: Int) {
        state.withLock { state in
            state.capacity = .max
            state.capacity = .max - state.room + bytes
        }
    }

    /// Plans a fault for operation `number`, from 0, counted from now on.
    func plan(_ fault: Fault, at number: Int) {
        state.withLock { state in
            state.faults[state.operations.count + number] = fault
        }
    }

    func content(of path: String) -> [UInt8]? {
        state.withLock { state in state.names[path].flatMap { state.files[$0]?.bytes } }
    }

    func put(_ bytes: [UInt8], at path: String) {
        state.withLock { state in
            let inode = state.files.count
            state.files[inode] = File(bytes: bytes, durable: bytes)
            state.names[path] = inode
            state.durableNames[path] = inode
        }
    }

    /// The disk as the next process finds it after the power has been cut.
    func powerCut(_ cut: Cut) -> SimulatedDisk {
        let after = SimulatedDisk()
        state.withLock { state in
            let keepsNames = cut == .keepsAll || cut == .keepsNamesLosesContents
            let keepsContents = cut == .keepsAll || cut == .keepsContentsLosesNames
            for (path, inode) in keepsNames ? state.names : state.durableNames {
                guard let file = state.files[inode] else { continue }
                after.put(keepsContents ? file.bytes : file.durable, at: path)
            }
        }
        return after
    }

    private func perform<Value>(
        _ operation: StorageError.Operation,
        _ path: String,
        counted: Bool = true,
        _ body: (inout State, Fault?) throws(StorageError) -> Value
    ) throws(StorageError) -> Value {
        try state.withLock { state throws(StorageError) in
            if state.isDead { throw StorageError(operation, path, code: 5) }
            guard counted else { return try body(&state, nil) }
            let fault = state.faults[state.operations.count]
            let name = path.split(separator: "/").last ?? ""
            state.operations.append("\(operation.rawValue) \(name)")
            switch fault {
            case .fail(let code): throw StorageError(operation, path, code: code)
            case .crash:
                state.isDead = true
                throw StorageError(operation, path, code: 5)
            case .short, nil: return try body(&state, fault)
            }
        }
    }

    func open(_ path: String, _ mode: OpenMode) throws(StorageError) -> StorageFile {
        try perform(.open, path) { state, _ throws(StorageError) in
            var inode = state.names[path]
            if mode == .create, inode != nil { throw StorageError(.open, path, code: 17) }
            if inode == nil, mode == .create || mode == .overwrite {
                let new = state.files.count
                state.files[new] = File()
                state.names[path] = new
                inode = new
            }
            guard let inode else { throw StorageError(.open, path, code: 2) }
            if mode == .overwrite { state.files[inode] = File() }
            let number = state.next
            state.next += 1
            state.descriptors[number] = inode
            return StorageFile(number)
        }
    }

    func close(_ file: StorageFile) {
        state.withLock { state in state.descriptors[file.number] = nil }
    }

    func write(
        _ bytes: [UInt8],
        to file: StorageFile,
        at path: String
    ) throws(StorageError) -> Int {
        try perform(.write, path) { state, fault throws(StorageError) in
            var count = bytes.count
            if case .short(let limit) = fault { count = min(count, limit) }
            guard let inode = state.descriptors[file.number] else {
                throw StorageError(.write, path, code: 9)
            }
            // As a real one: as much as there is room for, and an error when there is none.
            count = min(count, max(0, state.room))
            guard count > 0 || bytes.isEmpty || fault != nil else {
                throw StorageError(.write, path, code: 28)
            }
            state.files[inode]?.bytes += bytes[..<count]
            return count
        }
    }

    func read(
        _ file: StorageFile,
        at path: String,
        from offset: Int,
        into buffer: inout [UInt8],
        _ range: Range<Int>
    ) throws(StorageError) -> Int {
        let bytes = try perform(.read, path, counted: false) { state, _ throws(StorageError) in
            state.descriptors[file.number].flatMap { state.files[$0]?.bytes } ?? []
        }
        let piece = bytes.dropFirst(offset).prefix(range.count)
        buffer.replaceSubrange(range.lowerBound..<(range.lowerBound + piece.count), with: piece)
        return piece.count
    }

    func sync(_ file: StorageFile, at path: String) throws(StorageError) {
        try perform(.sync, path) { state, _ throws(StorageError) in
            guard let inode = state.descriptors[file.number], let bytes = state.files[inode]?.bytes
            else { return }
            state.files[inode]?.durable = bytes
        }
    }

    func lock(_ file: StorageFile, at path: String) throws(StorageError) -> Bool { true }
    func unlock(_ file: StorageFile) {}

    func truncate(
        _ file: StorageFile,
        at path: String,
        to bytes: Int
    ) throws(StorageError) {
        try perform(.truncate, path) { state, _ throws(StorageError) in
            guard let inode = state.descriptors[file.number], var cut = state.files[inode]
            else { return }
            cut.bytes = Array(cut.bytes.prefix(bytes))
            cut.allocated = min(cut.allocated, bytes)
            state.files[inode] = cut
        }
    }

    func allocate(_ file: StorageFile, at path: String, bytes: Int) throws(StorageError) {
        try perform(.allocate, path) { state, _ throws(StorageError) in
            guard state.room >= bytes else { throw StorageError(.allocate, path, code: 28) }
            guard let inode = state.descriptors[file.number] else { return }
            state.files[inode]?.allocated = bytes
        }
    }

    func status(_ file: StorageFile, at path: String) throws(StorageError) -> FileStatus {
        try perform(.inspect, path, counted: false) { state, _ throws(StorageError) in
            guard let inode = state.descriptors[file.number], let found = state.files[inode] else {
                throw StorageError(.inspect, path, code: 9)
            }
            let links = state.names.values.filter { $0 == inode }.count
            return FileStatus(bytes: found.bytes.count, links: links)
        }
    }

    func syncFolder(_ path: String) throws(StorageError) {
        try perform(.sync, path) { state, _ throws(StorageError) in
            state.durableNames = state.durableNames.filter { folder(of: $0.key) != path }
            for (name, inode) in state.names where folder(of: name) == path {
                state.durableNames[name] = inode
            }
        }
    }

    func rename(_ source: String, to target: String) throws(StorageError) {
        try perform(.rename, source) { state, _ throws(StorageError) in
            guard let inode = state.names.removeValue(forKey: source) else {
                throw StorageError(.rename, source, code: 2)
            }
            state.names[target] = inode
        }
    }

    func makeFolder(_ path: String) throws(StorageError) {}

    func remove(_ path: String) throws(StorageError) {
        try perform(.remove, path) { state, _ throws(StorageError) in
            guard state.names.removeValue(forKey: path) != nil else {
                throw StorageError(.remove, path, code: 2)
            }
        }
    }

    func removeFolder(_ path: String) throws(StorageError) {}
}
