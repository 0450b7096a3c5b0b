import Glibc
import Journal
import TestSupport
import Testing

/// A journal's last lines on a full disk (G6).
struct JournalReserveTests {
    let disk = SimulatedDisk()

    @Test func `what is held is room that nobody else gets, and that the last lines get`() throws {
        disk.leaveRoom(JournalReserve.bytes + makeLine(1).count)
        let reserve = try JournalReserve(at: "/reserve", in: disk)
        let writer = try JournalWriter.create("/j", in: disk)
        try writer.append(makeLine(1))
        #expect(throws: JournalError.storage(StorageError(.write, "/j", code: 28))) {
            try writer.append(makeLine(2))
        }
        try writer.append(makeLine(2) + makeLine(3), freeing: reserve)
        try writer.sync()
        #expect(try Reading(disk.content(of: "/j") ?? []).sequences == [1, 2, 3])
    }

    @Test func `who takes what is given back first does not get all of it`() throws {
        disk.leaveRoom(JournalReserve.bytes)
        let reserve = try JournalReserve(at: "/reserve", in: disk)
        let writer = try JournalWriter.create("/j", in: disk)
        // The first try finds the disk as full as before.
        disk.plan(.fail(28), at: 2)
        try writer.append(makeLine(1), freeing: reserve)
        #expect(disk.operations.count { $0 == "write j" } == 2)
        #expect(disk.operations.count { $0 == "truncate reserve" } == 2)
        #expect(try Reading(disk.content(of: "/j") ?? []).sequences == [1])
    }

    @Test func `what is larger than the reserve is refused, and the journal stays whole`() throws {
        disk.leaveRoom(JournalReserve.bytes + makeLine(1).count)
        let reserve = try JournalReserve(at: "/reserve", in: disk)
        let writer = try JournalWriter.create("/j", in: disk)
        try writer.append(makeLine(1))
        let long = makeLine(2, String(repeating: "x", count: 600_000))
        let error = #expect(throws: JournalError.self) {
            try writer.append(long + makeLine(3) + long, freeing: reserve)
        }
        #expect(error?.isNoRoom == true)
        #expect(disk.content(of: "/j") == makeLine(1))
    }

    @Test func `without room there is no reserve, and nothing is left of one`() {
        disk.leaveRoom(JournalReserve.bytes - 1)
        let refusal = JournalError.storage(StorageError(.allocate, "/reserve", code: 28))
        #expect(throws: refusal) { try JournalReserve(at: "/reserve", in: disk) }
        #expect(refusal.isNoRoom)
        #expect(disk.content(of: "/reserve") == nil)
        #expect(disk.openFiles == 0)
    }

    @Test func `what a killed process held is taken over, and goes with its owner`() throws {
        disk.leaveRoom(JournalReserve.bytes)
        try JournalReserve.allocate("/reserve", in: disk)
        var reserve: JournalReserve? = try JournalReserve(at: "/reserve", in: disk)
        #expect(disk.content(of: "/reserve") != nil)
        #expect(reserve?.path == "/reserve")
        reserve = nil
        #expect(disk.content(of: "/reserve") == nil)
    }

    @Test func `a journal that is deleted takes no line more`() throws {
        let writer = try JournalWriter.create("/j", in: disk)
        try writer.append(makeLine(1))
        try disk.remove("/j")
        #expect(throws: JournalError.gone(path: "/j")) { try writer.append(makeLine(2)) }
        let error = #expect(throws: JournalError.self) { try writer.append(makeLine(2)) }
        #expect(error?.isGone == true)
        #expect(writer.failure == .gone(path: "/j"))
    }

    @Test func `on a real file system the bytes are really held`() throws {
        let folder = TemporaryDirectory(in: "/dev/shm")
        let reserve = try JournalReserve(at: folder.path + "/reserve")
        var status = stat()
        #expect(stat(reserve.path, &status) == 0)
        #expect(status.st_size == JournalReserve.bytes)
        #expect(status.st_blocks * 512 >= JournalReserve.bytes)
        reserve.remove()
        #expect(stat(reserve.path, &status) != 0)
    }
}
