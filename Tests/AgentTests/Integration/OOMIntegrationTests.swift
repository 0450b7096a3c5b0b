import Glibc
import Pipeline
import TestSupport
import Testing

@testable import Agent

/// Weir in a cgroup with little memory, of whichever version the machine has.
@Suite(.serialized, .timeLimit(.minutes(10)), .enabled(if: MemoryGroup.isAvailable))
struct OOMIntegrationTests {
    let bench = WeirBench()

    /// Takes more memory than the group has.
    private static let hog = "python3 -S -c 'b = bytes([120]) * (400 << 20); print(sum(b[::4096]))'"

    private func report() throws -> [JSONValue] {
        let text = bench.weir("show", "last", "--json").out
        return try #require(try JSONValue(parsing: Array(text.utf8))["steps"]?.array)
    }

    @Test(arguments: [
        ("exec: [python3, -S, -c, 'b = bytes([120]) * (400 << 20)']", "the process itself"),
        ("run: \"\(hog); echo not reached\"", "a child that its shell waits for"),
        ("run: \"(\(hog)); exit $?\"", "a grandchild"),
    ])
    func `who was killed for want of memory is told so`(action: String, who: String) throws {
        let group = try MemoryGroup()
        bench.pipeline("steps: {eat: {\(action)}}")
        let run = group.run([weirBinary, "run"], bench)
        #expect(run.wait(atMost: .seconds(60)) == 3, "\(who): \(run.out)\(run.err)")
        #expect(run.out.contains("out of memory: killed by the kernel"))
        let step = try #require(try report().first)
        #expect(step["reason"]?.string == "oom_kill")
        #expect(step["result"]?.string == "error")
        #expect(step["attempts"]?.array?.first?["oom_certain"] == .boolean(true))
    }

    @Test func `who was killed by somebody, and who was retried, is told so, too`() throws {
        let group = try MemoryGroup()
        bench.pipeline(
            """
            steps:
              shot: {run: 'kill -9 $$', allow_failure: true}
              again: {needs: shot, retry: {attempts: 2, backoff: 1ms}, run: '[ -e tried ] && exit 0; : > tried; \(Self.hog.replacing("'", with: "''"))'}
            """
        )
        let run = group.run([weirBinary, "run"], bench)
        #expect(run.wait(atMost: .seconds(60)) == 0, "\(run.out)\(run.err)")
        let steps = try report()
        #expect(steps[0]["reason"]?.string == "signal")
        #expect(steps[1]["attempts"]?.array?.map { $0["reason"]?.string } == ["oom_kill", "exit"])
    }
}

/// A memory cgroup of 64 MiB without swap; it goes with this value.
private final class MemoryGroup {
    private let folder: String
    private static let base: (folder: String, version: MemoryCgroup.Version)? = MemoryCgroup().map {
        ($0.folder, $0.version)
    }

    /// Under CI a machine without it fails, and does not skip.
    static var isAvailable: Bool {
        getenv("CI") != nil || base.map { access($0.folder, W_OK) == 0 } == true
    }

    init() throws {
        guard let base = Self.base else { throw TestSupportError("no memory cgroup") }
        folder = "\(base.folder)/weir-test-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        guard mkdir(folder, 0o755) == 0 else {
            throw TestSupportError("\(folder): \(String(cString: strerror(errno)))")
        }
        let limit = String(64 << 20)
        switch base.version {
        case .one:
            write(limit, "memory.limit_in_bytes")
            write(limit, "memory.memsw.limit_in_bytes")
        case .two:
            write(limit, "memory.max")
            write("0", "memory.swap.max")
        }
        let file = base.version == .one ? "memory.limit_in_bytes" : "memory.max"
        guard lines(of: "\(folder)/\(file)").first == limit else {
            throw TestSupportError("\(folder) takes no limit")
        }
    }

    private func write(_ text: String, _ file: String) {
        guard let stream = fopen("\(folder)/\(file)", "w") else { return }
        fputs(text, stream)
        fclose(stream)
    }

    /// Starts a program within.
    func run(_ words: [String], _ bench: WeirBench) -> Subprocess {
        let enter = #"echo $$ > "$0/cgroup.procs" && exec "$@""#
        return Subprocess(
            ["sh", "-c", enter, folder] + words,
            environment: bench.environment,
            directory: bench.folder.path
        )
    }

    deinit {
        rmdir(folder)
    }
}
