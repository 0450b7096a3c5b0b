import Pipeline

/// How endings are said, the same in every face.
enum OutcomeWords {
    /// How a run or a step ended, as a verb: `daily-reports failed`.
    static func verb(_ result: RunResult) -> String {
        switch result {
        case .success: "succeeded"
        case .failure: "failed"
        case .error: "ended in an error"
        case .timeout: "timed out"
        case .cancellation: "was cancelled"
        case .skip: "was skipped"
        }
    }

    /// What happened to an attempt: `exit 2`, `SIGSEGV`, `timed out after 10m`.
    static func cause(_ end: AttemptEnd, lasted: Duration?) -> String {
        switch end.outcome.reason {
        case .exit: end.exitCode.map { "exit \($0)" } ?? "exit"
        case .signal: end.signal.map { "ended by \(signalName($0))" } ?? "ended by a signal"
        case .launch: "could not start \(end.executable ?? "its program")"
        case .oomKill: "out of memory, ended by the kernel"
        case .timeout: "timed out" + (lasted.map { " after \(HumanText.duration($0))" } ?? "")
        case .idleTimeout: "timed out without output"
        case .agentCrash: "lost when weir died"
        case .conditionError: "its condition failed" + (end.exitCode.map { ", exit \($0)" } ?? "")
        default: reason(end.outcome.reason)
        }
    }

    /// The reason where nothing more is known.
    static func reason(_ reason: Reason) -> String {
        switch reason {
        case .recoveryLimit: "given up after \(Limits.recoveries) recoveries"
        case .outputContract: "an output was refused"
        case .journal: "the journal could not be written"
        case .conditionError: "its condition failed"
        case .agentCrash: "lost when weir died"
        case .launch: "could not start"
        case .oomKill: "out of memory"
        case .cancel: "cancelled"
        case .internal: "a mistake inside weir"
        default: String(reason.rawValue.map { $0 == "_" ? " " : $0 })
        }
    }

    /// Why nothing new starts: `load failed`, `cancelled by signal SIGINT`.
    static func stop(_ cause: StopCause) -> String {
        switch cause {
        case .cancelled(let by, let isForced):
            "cancelled by \(by)" + (isForced ? ", not waiting any more" : "")
        case .timedOut: "the run's timeout passed"
        case .failed(let step): "\(step) failed"
        }
    }

    /// `SIGKILL`, or `signal 40` where Linux has no name.
    static func signalName(_ number: Int32) -> String {
        let position = Int(number)
        guard signalNames.indices.contains(position), position > 0 else {
            return "signal \(number)"
        }
        return "SIG" + signalNames[position]
    }

    /// Linux on x86-64 and AArch64: signal(7).
    private static let signalNames = [
        "", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV",
        "USR2", "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU",
        "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
    ]
}
