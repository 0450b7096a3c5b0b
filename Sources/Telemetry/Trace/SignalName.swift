/// The names of Linux's signals, as `kill -l` lists them on x86-64 and arm64.
package enum SignalName {
    /// `SIGKILL` for 9; `signal 99` for a number that has no name.
    package static func text(_ number: Int32) -> String {
        guard let index = Int(exactly: number), names.indices.contains(index - 1) else {
            return "signal \(number)"
        }
        return "SIG" + names[index - 1]
    }

    private static let names = [
        "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2",
        "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG",
        "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
    ]
}
