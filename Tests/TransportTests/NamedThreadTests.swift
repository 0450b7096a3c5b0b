import CLinux
import Glibc
import Synchronization
import TestSupport
import Testing
import Transport

struct NamedThreadTests {
    @Test func `has its name, as far as the kernel keeps it, and no signals`() throws {
        let seen = Seen()
        let thread = try NamedThread("weir-test-with-a-long-name") {
            var mask = sigset_t()
            pthread_sigmask(SIG_BLOCK, nil, &mask)
            seen.name.withLock { $0 = Self.ownName() }
            seen.blocked.withLock { blocked in
                blocked = [SIGTERM, SIGPIPE, SIGSEGV, SIGPROF].filter {
                    sigismember(&mask, $0) == 1
                }
            }
        }
        thread.join()
        #expect(seen.name.withLock { $0 } == "weir-test-with-")
        #expect(seen.blocked.withLock { $0 } == [SIGTERM, SIGPIPE])
    }

    private static func ownName() -> String {
        guard let file = fopen("/proc/thread-self/comm", "r") else { return "" }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count].dropLast(), as: UTF8.self)
    }

    private final class Seen: Sendable {
        let name = Mutex("")
        let blocked = Mutex<[Int32]>([])
    }
}
