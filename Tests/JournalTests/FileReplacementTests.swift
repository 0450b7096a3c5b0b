import Journal
import TestSupport
import Testing

struct FileReplacementTests {
    let old = Array("old content".utf8)
    let new = Array("new".utf8)

    @Test func `a crash at any operation leaves the old content or the new`() throws {
        for number in 0..<12 {
            let disk = SimulatedDisk()
            disk.put(old, at: "/f/x")
            disk.plan(.crash, at: number)
            let isDone = (try? disk.replaceFile("/f/x", with: new, synced: true)) != nil
            for cut in SimulatedDisk.Cut.allCases {
                let after = disk.powerCut(cut)
                let content = after.content(of: "/f/x")
                #expect(content == old || content == new, "operation \(number), \(cut)")
                if isDone { #expect(content == new, "durable on return: \(cut)") }
                // The next attempt gets over whatever was left.
                try after.replaceFile("/f/x", with: new, synced: true)
                #expect(after.content(of: "/f/x") == new)
            }
            if isDone {
                #expect(number >= 4, "open, write, sync, rename and sync were all tried")
                return
            }
        }
        Issue.record("never completed")
    }

    @Test func `does what it promises in the order that makes it true`() throws {
        let disk = SimulatedDisk()
        try disk.replaceFile("/f/x", with: new, synced: true)
        #expect(
            disk.operations == [
                "open x.new", "write x.new", "sync x.new", "rename x.new", "sync f",
            ]
        )
        #expect(disk.openFiles == 0)
    }

    @Test func `without sync it costs no sync`() throws {
        let disk = SimulatedDisk()
        try disk.replaceFile("/f/x", with: new, synced: false, temporary: "/f/.t")
        #expect(disk.operations == ["open .t", "write .t", "rename .t"])
    }

    @Test func `a short write is an error, and the old content stays`() throws {
        let disk = SimulatedDisk()
        disk.put(old, at: "/f/x")
        disk.plan(.short(2), at: 1)
        #expect(throws: JournalError.shortWrite(path: "/f/x.new", bytes: 2, of: 3)) {
            try disk.replaceFile("/f/x", with: new, synced: true)
        }
        #expect(disk.content(of: "/f/x") == old)
        #expect(disk.openFiles == 0)
    }

    @Test func `reads a whole file, and not one that is too large`() throws {
        let disk = SimulatedDisk()
        let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0) }
        disk.put(bytes, at: "/x")
        #expect(try disk.readFile("/x", limit: 200_000) == bytes)
        #expect(throws: JournalError.fileTooLong(path: "/x", limit: 199_999)) {
            try disk.readFile("/x", limit: 199_999)
        }
        #expect(disk.openFiles == 0)
    }

    @Test func `cuts a reported tail and only that`() throws {
        let disk = SimulatedDisk()
        let journal = makeJournal(lines: 3)
        disk.put(journal + Array("half a li".utf8), at: "/j")
        let tail = TornTail(offset: journal.count, bytes: 9)
        try disk.cut(tail, off: "/j")
        #expect(disk.powerCut(.losesAll).content(of: "/j") == journal)
        #expect(
            throws: JournalError.unexpectedSize(
                path: "/j",
                expected: journal.count + 9,
                found: journal.count
            )
        ) {
            try disk.cut(tail, off: "/j")
        }
        #expect(disk.content(of: "/j") == journal)
    }
}
