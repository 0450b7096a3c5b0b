#if DEBUG
import Glibc
import Journal
import TestSupport
import Testing

/// The deaths that other tests rely on happen where `FailPoints` says.
@Suite(.timeLimit(.minutes(10)))
struct FailPointTests {
    /// What the folder holds after a death at a boundary: the file, and the one being prepared.
    struct Death: CustomTestStringConvertible, Sendable {
        var boundary: Int
        var file: String
        var new: String?
        var testDescription: String { "boundary \(boundary)" }

        init(_ boundary: Int, _ file: String, _ new: String?) {
            self.boundary = boundary
            self.file = file
            self.new = new
        }
    }

    /// `replaceFile` is a write, a sync, a rename and a sync of the folder.
    static let deaths = [
        Death(1, "old", ""), Death(2, "old", "new"), Death(3, "old", "new"),
        Death(4, "old", "new"), Death(5, "old", "new"), Death(6, "new", nil),
        Death(7, "new", nil), Death(8, "new", nil),
    ]

    @Test(arguments: deaths)
    func `kills before an operation at odd numbers and after it at even ones`(
        death: Death
    ) async {
        let folder = TemporaryDirectory()
        folder.write("x", "old")
        let (path, boundary) = (folder.path, death.boundary)
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [path = path as String, boundary = boundary as Int] in
            setenv("WEIR_FAIL_POINT", "\(boundary)", 1)
            try PosixStorage().replaceFile(path + "/x", with: Array("new".utf8), synced: true)
        }
        #expect(folder.read("x") == death.file)
        #expect(folder.read("x.new") == death.new)
    }

    @Test func `counts the boundaries, so that a test knows where to stop`() async {
        let folder = TemporaryDirectory()
        let path = folder.path
        await #expect(processExitsWith: .success) { [path = path as String] in
            setenv("WEIR_FAIL_POINT", "9", 1)
            setenv("WEIR_FAIL_POINT_COUNT", path + "/count", 1)
            try PosixStorage().replaceFile(path + "/x", with: Array("new".utf8), synced: true)
            exit(0)
        }
        #expect(folder.read("count") == "8\n")
    }
}
#endif
