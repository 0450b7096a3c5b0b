extension AttemptEnd {
    /// Names what the bare facts mean (design §4, table of reasons).
    ///
    /// An attempt that we ended is what we ended it for, whatever its exit says: a program that
    /// catches SIGTERM and exits 0 has not finished its work.
    init(judging report: AttemptReport, part: StepPart, stopping: StepState.Stopping?) {
        self.init(
            AttemptEnd.outcome(of: report, part: part, stopping: stopping),
            usage: report.usage,
            executable: report.executable,
            tail: report.tail
        )
        switch report.ending {
        case .exited(let code): exitCode = code
        case .signalled(let number): signal = number
        case .notLaunched(let why): message = why
        }
        if outcome.reason == .oomKill { isOOMDoubtful = report.oom == .possible }
        if outcome.reason == .outputContract { message = report.outputFault }
    }

    private static func outcome(
        of report: AttemptReport,
        part: StepPart,
        stopping: StepState.Stopping?
    ) -> Outcome {
        switch stopping {
        case .cancel: return Outcome(.cancel)
        case .runTimeout: return Outcome(.timeout)
        case .idleTimeout where part == .main: return Outcome(.idleTimeout)
        case .attemptTimeout, .idleTimeout:
            return part == .condition ? Outcome(.conditionError) : Outcome(.timeout)
        case nil: break
        }
        if part != .condition, report.looksKilled, report.oom != .none { return Outcome(.oomKill) }
        switch (report.ending, part) {
        case (.notLaunched, _): return Outcome(.launch)
        case (.exited(code: 0), .compensation): return .success
        case (.exited(code: 0), .main):
            return report.outputFault == nil ? .success : Outcome(.outputContract)
        case (.exited(code: 0), .condition): return .success
        case (.exited(code: 1), .condition): return Outcome(.condition)
        case (_, .condition): return Outcome(.conditionError)
        case (.exited, _): return .exit
        case (.signalled, _): return Outcome(.signal)
        }
    }
}

extension AttemptReport {
    /// Whether it ended as one whose memory the kernel wanted back: it, or the child that a shell
    /// waited for and whose end it passed on, died of SIGKILL.
    package var looksKilled: Bool {
        switch ending {
        case .signalled(let number): number == 9
        case .exited(let code): code == 128 + 9
        case .notLaunched: false
        }
    }
}
