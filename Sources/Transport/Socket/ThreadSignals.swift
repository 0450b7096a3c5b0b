// The C library's `sigset_t` is found in whichever of the C modules comes first.
internal import CCurl
internal import CLinux
internal import Glibc

/// Signals on threads of our own.
enum ThreadSignals {
    /// Leaves signals to the loop that waits for them; faults and the profiler's stay open.
    ///
    /// SIGPIPE must be blocked too: with NOSIGNAL libcurl leaves it to us, and OpenSSL writes
    /// without MSG_NOSIGNAL.
    static func block() {
        var signals = sigset_t()
        unsafe sigfillset(&signals)
        for open in [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGPROF] {
            unsafe sigdelset(&signals, open)
        }
        unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
    }
}
