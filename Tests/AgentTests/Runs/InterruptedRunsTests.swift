import Journal
import Pipeline
import TestSupport
import Testing

@testable import Agent

/// When a run that a full disk interrupted goes on (G6).
struct InterruptedRunsTests {
    private let start = ContinuousClock.now
    private let run = RunID(high: 1, low: 7)

    /// After how many seconds each of the tries came, if each was interrupted at once.
    private func tries(_ count: Int) -> [Int64] {
        var runs = InterruptedRuns()
        var seconds: [Int64] = []
        var now = start
        for _ in 0..<count {
            runs.add(run, why: "full", at: now)
            let begun = now
            while !runs.isDue(at: now) { now += .milliseconds(100) }
            seconds.append((now - begun).components.seconds)
            runs.noteTry(at: now)
            runs.remove(run)
        }
        return seconds
    }

    @Test func `a disk that fills up again at once is tried less and less often`() {
        #expect(tries(9) == [1, 2, 4, 8, 16, 32, 60, 60, 60])
    }

    @Test func `what went on for a while begins anew`() {
        var runs = InterruptedRuns()
        runs.add(run, why: "full", at: start)
        for second in 1...4 { runs.noteTry(at: start + .seconds(second)) }
        runs.remove(run)
        #expect(!runs.isDue(at: start + .seconds(3_600)), "nothing waits")
        let later = start + .seconds(4) + InterruptedRuns.settled
        runs.add(run, why: "full", at: later)
        #expect(!runs.isDue(at: later))
        #expect(runs.isDue(at: later + InterruptedRuns.pauseMin))
    }

    @Test func `a try that brings nothing is followed by a later one`() {
        var runs = InterruptedRuns()
        runs.add(run, why: "full", at: start)
        runs.noteTry(at: start + .seconds(1))
        #expect(!runs.isDue(at: start + .seconds(2)))
        #expect(runs.isDue(at: start + .seconds(3)))
    }

    @Test func `says which wait and why`() {
        var runs = InterruptedRuns()
        #expect(runs.fault == nil)
        runs.add(run, why: "the disk is full", at: start)
        #expect(runs.fault == "run \(run) waits to go on: the disk is full")
        runs.add(RunID(high: 2, low: 1), why: "the disk is full", at: start)
        #expect(runs.fault == "run \(run) and 1 more wait to go on: the disk is full")
    }
}

/// Whether a state folder can take what a run writes.
struct StateRoomTests {
    private let folder = TemporaryDirectory()

    @Test func `what was full needs more than the least to be good again`() {
        let room = StateRoom(of: folder.path)
        func isGood(_ bytes: UInt64) -> Bool { room.judge(StateRoom.Found(bytes: bytes)) == nil }
        #expect(isGood(StateRoom.least))
        #expect(!isGood(StateRoom.least - 1))
        #expect(!isGood(StateRoom.least))
        #expect(!isGood(StateRoom.good - 1))
        #expect(isGood(StateRoom.good))
        #expect(isGood(StateRoom.least))
        room.noteFull()
        #expect(!isGood(StateRoom.good - 1), "a run knows better")
        #expect(isGood(StateRoom.good))
        #expect(StateRoom.good >= StateRoom.least + UInt64(JournalReserve.bytes))
    }

    @Test func `without inodes no room is of use`() {
        let room = StateRoom(of: folder.path)
        let fault = room.judge(StateRoom.Found(bytes: .max, hasInodes: false))
        #expect(fault == "\(folder.path): No space left on device, no inode is left")
        #expect(room.judge(StateRoom.Found(bytes: StateRoom.least)) != nil)
    }

    @Test func `another folder in the place of the first is not taken for it`() throws {
        let place = folder.path + "/state"
        try PosixStorage().makeFolder(place)
        let room = StateRoom(of: place)
        #expect(room.fault() == nil)
        try PosixStorage().removeFolder(place)
        #expect(room.fault()?.contains("No such file or directory; put it back") == true)
        try PosixStorage().makeFolder(place)
        #expect(room.fault()?.contains("is not the folder that this agent began with") == true)
    }
}

/// What made a run stop, in words that tell what to do.
struct RunInterruptedTests {
    private func kind(_ error: any Error) -> RunInterrupted.Kind { RunInterrupted(by: error).kind }

    @Test(arguments: [(Int32(28), true), (122, true), (5, false), (30, false)])
    func `room, quota and the rest`(code: Int32, isRoom: Bool) {
        let expected: RunInterrupted.Kind = isRoom ? .noRoom : .unwritable
        let fault = StorageError(.write, "/j", code: code)
        #expect(kind(JournalError.storage(fault)) == expected)
        #expect(kind(JournalError.failed(path: "/j", cause: .storage(fault))) == expected)
        #expect(kind(StateError.storage(fault)) == expected)
        #expect(kind(StateError.journal(.storage(fault))) == expected)
    }

    @Test func `a journal that is gone is lost, a short write wants room`() {
        #expect(kind(JournalError.gone(path: "/j")) == .lost)
        #expect(kind(JournalError.failed(path: "/j", cause: .gone(path: "/j"))) == .lost)
        #expect(kind(JournalError.shortWrite(path: "/j", bytes: 1, of: 2)) == .noRoom)
        #expect(kind(TestSupportError("?")) == .unwritable)
    }
}
