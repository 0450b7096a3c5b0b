import Glibc
import Journal
import TestSupport
import Testing

struct FileCopyTests {
    let folder = TemporaryDirectory()
    private let storage = PosixStorage()

    @Test(arguments: [0, 1, 262_144, 262_145, 700_000])
    func `a copy is the same to the byte, and nothing else is left`(count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        try storage.createFile(folder.path + "/a", with: bytes, synced: false)
        folder.write("b.new", "what a crash left")
        try storage.copyFile(folder.path + "/a", to: folder.path + "/b")
        #expect(try storage.readFile(folder.path + "/b", limit: 1 << 20) == bytes)
        #expect(try storage.readFile(folder.path + "/a", limit: 1 << 20) == bytes)
        #expect(access(folder.path + "/b.new", F_OK) == -1)
    }

    @Test func `what is not there is not copied`() {
        let missing = JournalError.storage(StorageError(.open, folder.path + "/a", code: ENOENT))
        #expect(throws: missing) {
            try storage.copyFile(folder.path + "/a", to: folder.path + "/b")
        }
        #expect(access(folder.path + "/b", F_OK) == -1)
    }
}
