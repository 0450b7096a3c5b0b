import Agent
import Glibc
import Journal
import Pipeline
import TestSupport
import Testing

struct StateFolderTests {
    struct Place: CustomTestStringConvertible {
        var environment: [String: String]
        var path: String
        var testDescription: String { path }

        init(_ environment: [String: String], _ path: String) {
            self.environment = environment
            self.path = path
        }
    }

    static let places = [
        Place(
            [
                "WEIR_STATE_DIR": "/a", "STATE_DIRECTORY": "/b", "XDG_STATE_HOME": "/c",
                "HOME": "/d",
            ],
            "/a"
        ),
        Place(["STATE_DIRECTORY": "/b", "XDG_STATE_HOME": "/c", "HOME": "/d"], "/b"),
        Place(["STATE_DIRECTORY": "/b:/e"], "/b"),
        Place(["XDG_STATE_HOME": "/c", "HOME": "/d"], "/c/weir"),
        Place(["HOME": "/d"], "/d/.local/state/weir"),
        Place(["WEIR_STATE_DIR": "", "STATE_DIRECTORY": "", "HOME": "/d"], "/d/.local/state/weir"),
        Place(["XDG_STATE_HOME": "relative", "HOME": "/d"], "/d/.local/state/weir"),
        Place(["WEIR_STATE_DIR": "here/state/"], "/srv/here/state"),
        Place(["WEIR_STATE_DIR": "/"], "/"),
    ]

    @Test(arguments: places)
    func `lies where the environment says`(place: Place) throws {
        let state = try StateFolder(environment: place.environment, workingFolder: "/srv")
        #expect(state.path == place.path)
    }

    @Test(arguments: [[:], ["HOME": ""], ["HOME": "relative"]])
    func `an environment that names no place is an error that says what to set`(
        environment: [String: String]
    ) {
        #expect(throws: StateError.nowhere) {
            try StateFolder(environment: environment, workingFolder: "/srv")
        }
        #expect(StateError.nowhere.description.contains("WEIR_STATE_DIR"))
    }

    @Test func `is made with all above it, for its owner alone`() throws {
        let directory = TemporaryDirectory()
        let state = StateFolder(path: directory.path + "/a/b/state")
        try state.prepare()
        try state.prepare()
        for path in [directory.path + "/a", state.path, state.runsPath] {
            var status = stat()
            #expect(lstat(path, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o700, "\(path)")
        }
    }

    @Test func `a place that cannot be used is an error with the place and the remedy`() {
        let directory = TemporaryDirectory()
        directory.write("file", "")
        let state = StateFolder(path: directory.path + "/file/state")
        let cause = StorageError(.makeFolder, state.runsPath, code: ENOTDIR)
        let error = StateError.unusable(folder: state.path, cause: cause)
        #expect(throws: error) { try state.prepare() }
        #expect(error.description.contains(state.path))
        #expect(error.description.contains("set WEIR_STATE_DIR"))
        #expect(throws: StateError.self) { try state.runIDs() }
    }

    @Test func `where nothing has run there are no runs`() throws {
        let state = StateFolder(path: "/nonexistent/weir")
        #expect(try state.runIDs() == [])
        #expect(try state.runs().isEmpty)
        #expect(try state.removeLeftovers(now: instant(0)) == 0)
    }

    @Test func `one at a time holds the right to export`() throws {
        let fixture = StateFixture()
        try fixture.state.prepare()
        let lock = try fixture.state.takeExportLock()
        #expect(throws: StateError.locked(path: lock.path, pid: getpid())) {
            try fixture.state.takeExportLock()
        }
    }
}

struct FileLockTests {
    let directory = TemporaryDirectory()
    var path: String { directory.path + "/lock" }

    @Test func `is held by one, who can be asked for, and free when he lets go`() throws {
        #expect(try FileLock.owner(of: path) == nil)
        var lock: FileLock? = try FileLock.take(path)
        #expect(lock?.touchedBefore == nil)
        #expect(try FileLock.owner(of: path) == getpid())
        #expect(throws: StateError.locked(path: path, pid: getpid())) { try FileLock.take(path) }
        lock = nil
        #expect(try FileLock.owner(of: path) == nil)
        #expect(directory.read("lock") == "", "no stale id is left")
        lock = try FileLock.take(path)
        #expect(lock?.touchedBefore != nil)
    }

    @Test func `tells when its former owner was last alive`() throws {
        var lock: FileLock? = try FileLock.take(path)
        lock = nil
        // As `touch` left it, in another time.
        var times = [timespec(tv_sec: 1_000, tv_nsec: 5), timespec(tv_sec: 1_000, tv_nsec: 5)]
        #expect(utimensat(AT_FDCWD, path, &times, 0) == 0)
        lock = try FileLock.take(path)
        #expect(lock?.touchedBefore == Timestamp(nanoseconds: 1_000_000_000_005))
        lock?.touch()
        var status = stat()
        #expect(lstat(path, &status) == 0)
        #expect(status.st_mtim.tv_sec > 1_000_000_000)
    }

    @Test func `a lock file with rubbish in it names no owner`() throws {
        let lock = try FileLock.take(path)
        for (text, pid) in [
            ("", Int32(0)), ("rubbish", 0), ("99999999999", 0), ("-1", 0), ("7", 7),
        ] {
            directory.write("lock", text)
            #expect(try FileLock.owner(of: path) == pid, "\(text)")
        }
        _ = lock
    }

    @Test func `one who looks all the time does not keep another from taking`() async throws {
        _ = try FileLock.take(path)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [path] in
                for _ in 0..<500 {
                    #expect(throws: Never.self) { try FileLock.owner(of: path) }
                }
            }
            group.addTask { [path] in
                for _ in 0..<100 {
                    #expect(throws: Never.self) { try FileLock.take(path) }
                }
            }
        }
    }
}
