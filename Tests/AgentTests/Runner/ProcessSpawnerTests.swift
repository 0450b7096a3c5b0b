import CLinux
import Glibc
import Pipeline
import TestSupport
import Testing

@testable import Agent

/// What a child is given, as the child itself sees it in `/proc`.
struct ProcessSpawnerTests {
    let folder = TemporaryDirectory()

    private func request(_ words: [String], in directory: String? = nil) -> LaunchRequest {
        LaunchRequest(
            arguments: words,
            environment: EnvironmentBlock([("PATH", "/usr/bin:/bin"), ("A", "1"), ("A", "2")]),
            directory: directory ?? folder.path,
            outputPath: folder.path + "/outputs"
        )
    }

    /// Runs a child to its end; what it printed on stdout, and how it ended.
    private func run(
        _ words: [String],
        openFiles: OpenFilesLimit? = nil
    ) throws -> (String, ProcessEnd) {
        var spawner = ProcessSpawner(openFiles: openFiles)
        let process = try spawner.spawn(request(words))
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        waitUntilReadable(process.stdout)
        while true {
            let count = unsafe read(process.stdout, &buffer, buffer.count)
            if count < 0, errno == EAGAIN { waitUntilReadable(process.stdout) }
            guard count > 0 || errno == EAGAIN && count < 0 else { break }
            if count > 0 { text += buffer[..<count] }
        }
        waitUntilReadable(process.pidfd)
        let end = reap(process.pid)
        for descriptor in [process.stdout, process.stderr, process.pidfd] { close(descriptor) }
        return (String(decoding: text, as: UTF8.self), end)
    }

    /// Until it can be read, or is closed at the other end.
    private func waitUntilReadable(_ descriptor: Int32) {
        var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while unsafe poll(&poller, 1, 60_000) < 0, errno == EINTR {}
    }

    @Test func `a child gets the limit of descriptors that it is to have`() throws {
        let words = ["bash", "-c", "ulimit -Sn; ulimit -Hn"]
        let own = try #require(OpenFilesLimit.current)
        #expect(try run(words).0 == "\(own.soft)\n\(own.hard)\n")
        let low = OpenFilesLimit(soft: 37, hard: own.hard)
        #expect(try run(words, openFiles: low).0 == "37\n\(own.hard)\n")
        #expect(OpenFilesLimit.current == own)
    }

    @Test func `a child has default signals, none blocked, whatever we have`() throws {
        let before = signal(SIGPIPE, SIG_IGN)
        defer { signal(SIGPIPE, before) }
        let (text, end) = try run(["grep", "^Sig[BI]", "/proc/self/status"])
        #expect(end.ending == .exited(code: 0))
        let masks = text.split(separator: "\n").map { $0.split(separator: "\t").last ?? "" }
        #expect(masks.count == 2)
        #expect(masks.allSatisfy { $0.allSatisfy { $0 == "0" } }, "\(text)")
    }

    @Test func `a child leads its own group and inherits three descriptors`() throws {
        let ours = open("/dev/null", O_RDONLY)
        defer { close(ours) }
        let script = "cut -d' ' -f1,5 /proc/$$/stat; ls /proc/$$/fd; readlink /proc/$$/fd/0; pwd"
        let (text, _) = try run(["sh", "-c", script])
        let lines = text.split(separator: "\n").map(String.init)
        let group = lines[0].split(separator: " ")
        #expect(group[0] == group[1])
        #expect(lines[1...] == ["0", "1", "2", "/dev/null", folder.path])
    }

    @Test func `a later variable replaces an earlier one`() throws {
        #expect(try run(["sh", "-c", "echo $A; env | grep -c ^A="]).0 == "2\n1\n")
    }

    @Test func `what cannot be started leaves no process, no descriptor and a reason`() throws {
        var spawner = ProcessSpawner()
        // The first child brings what all share.
        _ = try run(["true"])
        _ = try? spawner.spawn(request(["/nonexistent"]))
        let descriptors = folderEntries("/proc/self/fd").count
        let text = folder.path + "/text"
        try PosixFile.write("no program", to: text, mode: 0o755)
        for (words, directory, why) in [
            (["/nonexistent"], nil, "No such file or directory"),
            (["nonesuch"], nil, "no such program in PATH"),
            ([text], nil, "Exec format error"),
            (["true"], "/nonexistent", "its folder /nonexistent does not exist"),
        ] as [([String], String?, String)] {
            do {
                _ = try spawner.spawn(request(words, in: directory))
                Issue.record("\(words) was started")
            } catch {
                #expect(error.description.contains(why), "\(error)")
            }
        }
        for _ in 0..<500 { _ = try? spawner.spawn(request(["/nonexistent"])) }
        // Other tests open some meanwhile; five hundred attempts that kept one each would show.
        #expect(folderEntries("/proc/self/fd").count < descriptors + 250)
    }

    /// wait4's block counts stand in for `/proc/<pid>/io`: the same counters, so the same bytes,
    /// those of a grandchild that was reaped among them.
    @Test func `bytes read and written are those of the kernel's own file`() throws {
        var spawner = ProcessSpawner()
        let name = "weir-test-\(getpid())"
        let script = "dd if=/dev/zero of=\(name) bs=4096 count=300 conv=fsync; rm \(name); : end"
        // Beside what was built, which is on a disk: memory has no blocks.
        let process = try spawner.spawn(request(["sh", "-c", script], in: buildFolder))
        waitUntilReadable(process.pidfd)
        let io = try #require(readSmallFile("/proc/\(process.pid)/io"))
        let end = reap(process.pid)
        for descriptor in [process.stdout, process.stderr, process.pidfd] { close(descriptor) }
        #expect(end.usage.bytesRead == field("read_bytes:", in: io))
        #expect(end.usage.bytesWritten == field("write_bytes:", in: io))
        #expect((end.usage.bytesWritten ?? 0) >= 300 * 4_096)
    }

    private var buildFolder: String {
        weirBinary.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 }
    }
}

struct OutputsFolderTests {
    /// Where runs keep theirs.
    @Test func `in memory it knows whether anything is there`() throws {
        let path = "/dev/shm/weir-test-\(getpid())"
        try #require(mkdir(path, 0o700) == 0)
        defer { rmdir(path) }
        let folder = try OutputsFolder(path)
        let answer1 = folder.mayHoldFiles
        #expect(!answer1)
        try PosixFile.write("a=1\n", to: path + "/1-main-1", mode: 0o600)
        try PosixFile.write("a=1\n", to: path + "/2-main-1", mode: 0o600)
        let answer2 = folder.mayHoldFiles
        #expect(answer2)
        unlink(path + "/1-main-1")
        let answer3 = folder.mayHoldFiles
        #expect(answer3)
        unlink(path + "/2-main-1")
        let answer4 = folder.mayHoldFiles
        #expect(!answer4)
    }

    @Test func `where it cannot know it says that there may be`() throws {
        let directory = TemporaryDirectory()
        let file = directory.path + "/left-behind"
        try PosixFile.write("", to: file, mode: 0o600)
        let folder = try OutputsFolder(directory.path)
        let answer5 = folder.mayHoldFiles
        #expect(answer5)
        unlink(file)
        let mayHold = folder.mayHoldFiles
        #expect(mayHold, "what an empty folder looks like was never seen")
    }
}

struct EnvironmentBlockTests {
    @Test func `a reserved name is absent until it is set`() {
        var block = EnvironmentBlock([("A", "1")])
        block.reserve(["A", "B", "C"])
        #expect(block.value(of: "A") == "1")
        #expect(block.value(of: "B") == nil)
        var copy = block
        copy.set("B", "2\0rest")
        #expect(copy.value(of: "B") == "2")
        #expect(block.value(of: "B") == nil)
        let texts = copy.withPointers { pointers in
            var texts: [String] = []
            var next = unsafe pointers
            while let text = unsafe next.pointee {
                unsafe texts.append(String(cString: text))
                unsafe next += 1
            }
            return texts
        }
        #expect(texts == ["A=1", "B=2"])
    }
}

private enum PosixFile {
    static func write(_ text: String, to path: String, mode: UInt32) throws {
        let file = unsafe weir_open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        try #require(file >= 0)
        defer { close(file) }
        #expect(unsafe Glibc.write(file, text, text.utf8.count) == text.utf8.count)
    }
}
