import Journal
import Synchronization
import TestSupport
import Testing

struct JournalWriterTests {
    let disk = SimulatedDisk()

    @Test func `a turn is one write, and nothing is durable before a sync`() throws {
        let writer = try JournalWriter.create("/j", in: disk)
        let turn = makeLine(1) + makeLine(2) + makeLine(3)
        try writer.append(turn)
        #expect(disk.operations == ["open j", "write j"])
        #expect(writer.written == turn.count)
        #expect(writer.synced == 0)
        try writer.sync()
        #expect(writer.synced == turn.count)
        try writer.sync()
        #expect(disk.operations == ["open j", "write j", "sync j"], "clean: nothing to sync")
        try writer.append([])
        #expect(disk.operations.count == 3)
    }

    @Test(arguments: 0..<60)
    func `a short write is cut back, and the writer goes on`(bytes: Int) throws {
        let writer = try JournalWriter.create("/j", in: disk)
        try writer.append(makeLine(1))
        let turn = makeLine(2) + makeLine(3)
        disk.plan(.short(bytes), at: 0)
        #expect(throws: JournalError.shortWrite(path: "/j", bytes: bytes, of: turn.count)) {
            try writer.append(turn)
        }
        #expect(disk.content(of: "/j") == makeLine(1))
        #expect(writer.written == makeLine(1).count)
        try writer.append(turn)
        #expect(disk.content(of: "/j") == makeLine(1) + turn)
    }

    @Test func `a failed write leaves the journal as it was`() throws {
        let writer = try JournalWriter.create("/j", in: disk)
        disk.plan(.fail(28), at: 0)
        #expect(throws: JournalError.storage(StorageError(.write, "/j", code: 28))) {
            try writer.append(makeLine(1))
        }
        try writer.append(makeLine(1))
        #expect(try Reading(disk.content(of: "/j") ?? []).sequences == [1])
    }

    @Test func `a write that cannot be cut back ends the writer`() throws {
        let writer = try JournalWriter.create("/j", in: disk)
        disk.plan(.short(5), at: 0)
        disk.plan(.fail(5), at: 1)
        #expect(throws: JournalError.self) { try writer.append(makeLine(1)) }
        #expect(writer.failure != nil)
        #expect(throws: JournalError.self) { try writer.append(makeLine(1)) }
        #expect(disk.content(of: "/j")?.count == 5, "nothing is written behind the tear")
    }

    @Test func `a failed sync is final: no second one is tried, and nothing more is written`()
        throws
    {
        let writer = try JournalWriter.create("/j", in: disk)
        try writer.append(makeLine(1))
        disk.plan(.fail(5), at: 0)
        let cause = JournalError.storage(StorageError(.sync, "/j", code: 5))
        #expect(throws: cause) { try writer.sync() }
        #expect(writer.synced == 0)
        #expect(throws: JournalError.failed(path: "/j", cause: cause)) { try writer.sync() }
        #expect(throws: JournalError.failed(path: "/j", cause: cause)) {
            try writer.append(makeLine(2))
        }
        #expect(disk.operations == ["open j", "write j", "sync j"])
    }

    @Test func `a journal deleted under its writer is gone, not synced`() throws {
        let writer = try JournalWriter.create("/j", in: disk)
        try writer.append(makeLine(1))
        try disk.remove("/j")
        #expect(throws: JournalError.gone(path: "/j")) { try writer.sync() }
        #expect(writer.synced == 0)
        #expect(throws: JournalError.failed(path: "/j", cause: .gone(path: "/j"))) {
            try writer.append(makeLine(2))
        }
    }

    @Test func `the first sync makes the name of the journal's folder durable too`() throws {
        disk.put(makeLine(1), at: "/runs/a/j")
        let writer = try JournalWriter.open(
            "/runs/a/j",
            at: makeLine(1).count,
            entriesOf: "/runs",
            in: disk
        )
        #expect(writer.synced == 0)
        try writer.sync()
        #expect(writer.synced == makeLine(1).count)
        try writer.append(makeLine(2))
        try writer.sync()
        #expect(
            disk.operations.filter { $0.hasPrefix("sync") } == ["sync j", "sync runs", "sync j"]
        )
    }

    @Test func `goes on at the end of the good lines, and nowhere else`() throws {
        let line = makeLine(1)
        disk.put(line, at: "/j")
        let writer = try JournalWriter.open("/j", at: line.count, in: disk)
        #expect(writer.synced == 0, "a former owner may have left it unsynced")
        try writer.append(makeLine(2))
        #expect(disk.content(of: "/j") == line + makeLine(2))

        let size = line.count + makeLine(2).count
        #expect(
            throws: JournalError.unexpectedSize(path: "/j", expected: line.count, found: size)
        ) {
            try JournalWriter.open("/j", at: line.count, in: disk)
        }
        #expect(throws: JournalError.storage(StorageError(.open, "/j", code: 17))) {
            try JournalWriter.create("/j", in: disk)
        }
    }

    @Test func `tells its listeners of every sync, failed ones too`() throws {
        let writer = try JournalWriter.create("/j", in: disk)
        let heard = Mutex<[Int?]>([])
        writer.onSync { outcome in
            switch outcome {
            case .advanced(let offset, _): heard.withLock { $0.append(offset) }
            case .failed: heard.withLock { $0.append(nil) }
            }
        }
        try writer.append(makeLine(1))
        try writer.sync()
        try writer.append(makeLine(2))
        disk.plan(.fail(5), at: 0)
        try? writer.sync()
        #expect(heard.withLock { $0 } == [makeLine(1).count, nil])
    }

    @Test func `closes its file once, by hand or with its last owner`() throws {
        var writer: JournalWriter? = try JournalWriter.create("/j", in: disk)
        #expect(disk.openFiles == 1)
        writer?.close()
        writer?.close()
        #expect(disk.openFiles == 0)
        #expect(throws: JournalError.closed(path: "/j")) { try writer?.append(makeLine(1)) }
        writer = try JournalWriter.open("/j", at: 0, in: disk)
        #expect(disk.openFiles == 1)
        writer = nil
        #expect(disk.openFiles == 0)
        _ = try? JournalWriter.open("/j", at: 7, in: disk)
        #expect(disk.openFiles == 0)
    }

    @Test func `works on a real file system`() throws {
        let folder = TemporaryDirectory()
        let path = folder.path + "/j"
        let writer = try JournalWriter.create(path)
        try writer.append(makeLine(1) + makeLine(2))
        try writer.sync()
        #expect(folder.read("j") == String(decoding: makeLine(1) + makeLine(2), as: UTF8.self))
        let storage = PosixStorage()
        try writer.append(makeLine(3))
        try storage.remove(path)
        #expect(throws: JournalError.gone(path: path)) { try writer.sync() }
        #expect(throws: JournalError.storage(StorageError(.open, path, code: 2))) {
            _ = try JournalReader(path)
        }
    }
}
