#if DEBUG
import CLinux
import Glibc
import Synchronization

/// Deaths by request, so that a test can kill the process at every instant that matters.
///
/// Every write, sync and rename of `PosixStorage` is an operation, counted from 1 over the whole
/// process, and has two boundaries: operation `n` begins at boundary `2n - 1` and ends at boundary
/// `2n`. So boundary `k` belongs to operation `(k + 1) / 2`: before it when `k` is odd, after it
/// when `k` is even.
///
/// - `WEIR_FAIL_POINT=<k>`: the process kills itself (SIGKILL) when it comes to boundary `k`.
/// - `WEIR_FAIL_POINT_COUNT=<file>`: at exit, the number of boundaries passed is written there, so
///   that a test knows where to stop.
///
/// Compiled into debug builds only.
package enum FailPoints {
    private static let passed = Atomic(0)
    private static let fatal: Int? = setUp()

    /// How many boundaries have been passed.
    package static var count: Int { passed.load(ordering: .relaxed) }

    static func pass() {
        let fatal = fatal
        let boundary = passed.add(1, ordering: .relaxed).newValue
        guard boundary == fatal else { return }
        kill(getpid(), SIGKILL)
        while true { pause() }
    }

    private static func setUp() -> Int? {
        if environment("WEIR_FAIL_POINT_COUNT") != nil {
            atexit { FailPoints.writeCount() }
        }
        return environment("WEIR_FAIL_POINT").flatMap { Int($0) }
    }

    private static func writeCount() {
        guard let path = environment("WEIR_FAIL_POINT_COUNT") else { return }
        let text = Array("\(count)\n".utf8)
        let file = unsafe weir_open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { return }
        _ = unsafe write(file, text, text.count)
        _ = close(file)
    }

    private static func environment(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }
}
#endif
