import Glibc
import Telemetry
import TestSupport
import Testing

@testable import Agent

struct ProcessGroupsTests {
    /// A shell and a child of it, in a process group of their own.
    private func family() -> Subprocess {
        Subprocess(
            ["/bin/sh", "-c", "/bin/sleep 60 & echo ready; wait"],
            environment: ["PATH": "/usr/bin:/bin"]
        )
    }

    private func waitUntilReady(_ process: Subprocess) throws {
        while process.out != "ready\n" {
            try #require(process.wait(atMost: .milliseconds(2)) == nil)
        }
    }

    @Test func `every group's processes are added up`() throws {
        let (one, other) = (family(), family())
        try waitUntilReady(one)
        try waitUntilReady(other)
        let reading = ProcessGroups().reading()
        #expect(reading.isComplete)
        for process in [one, other] {
            let usage = try #require(reading.usage[process.pid], "whoever is asked for")
            #expect(usage.processes == 2)
            #expect(usage.residentBytes > 4_096)
        }
        for process in [one, other] { kill(-process.pid, SIGKILL) }
    }

    @Test func `however many look, the kernel is asked once a second`() throws {
        let groups = ProcessGroups()
        let process = family()
        try waitUntilReady(process)
        let now = ContinuousClock.now
        #expect(groups.reading(at: now).usage[process.pid]?.processes == 2)
        kill(-process.pid, SIGKILL)
        _ = process.wait()
        let soon = now + .milliseconds(900)
        #expect(groups.reading(at: soon).usage[process.pid]?.processes == 2)
        let later = now + .seconds(100)
        let left = groups.reading(at: later).usage[process.pid]
        #expect(left?.processes ?? 0 == 0, "nobody lives")
    }

    @Test func `a budget that is over ends the reading and says so`() throws {
        let process = family()
        try waitUntilReady(process)
        let past = ContinuousClock.now - .seconds(60)
        #expect(!ProcessGroups().reading(at: past).isComplete)
        kill(-process.pid, SIGKILL)
    }

    @Test(arguments: [
        ("socket:[4711]", "socket"), ("pipe:[1]", "pipe"), ("anon_inode:[eventpoll]", "eventpoll"),
        ("anon_inode:inotify", "inotify"), ("/dev/null", "device"), ("/var/lib/x", "file"),
        ("", "other"),
    ])
    func `descriptors are told apart`(target: String, kind: String) {
        #expect(MemoryFacts.kind(of: target) == kind)
    }
}
