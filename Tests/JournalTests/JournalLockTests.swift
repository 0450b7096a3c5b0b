import Glibc
import Journal
import TestSupport
import Testing

/// One reader at a time has a journal to itself.
struct JournalLockTests {
    let folder = TemporaryDirectory()
    let path: String

    init() {
        path = folder.path + "/journal.jsonl"
        folder.write("journal.jsonl", String(decoding: makeJournal(lines: 3), as: UTF8.self))
    }

    /// Whether a reader that comes now is let in.
    private func isFree() throws -> Bool {
        var reader = try JournalReader(path)
        return try reader.lock()
    }

    @Test func `a second reader is refused while the first is there, also once it has read all`()
        throws
    {
        func readAll() throws {
            var reader = try JournalReader(path)
            #expect(try reader.lock())
            #expect(try !isFree())
            while try reader.next() != nil {}
            reader.finish()
            #expect(try !isFree())
            #expect(try reader.next() == nil)
        }
        try readAll()
        #expect(try isFree())
    }

    @Test func `who does not ask reads on, and keeps nobody out`() throws {
        var first = try JournalReader(path)
        #expect(try first.lock())
        var second = try JournalReader(path)
        #expect(try second.next()?.sequence == 1)
        _ = consume second
        #expect(try !isFree())
        _ = consume first
    }

    @Test func `it is given back at once, though a child that is being spawned shares the file`()
        throws
    {
        let storage = PosixStorage()
        let file = try storage.open(path, .read)
        #expect(try storage.lock(file, at: path))
        let shared = dup(file.number)
        defer { close(shared) }
        storage.unlock(file)
        storage.close(file)
        #expect(try isFree())
    }
}
