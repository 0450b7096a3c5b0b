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

    /// What happened to an attempt: `exit 2`, `ended by SIGSEGV`, `timed out after 10m`.
    static func cause(_ end: AttemptEnd, lasted: Duration?) -> String {
        let code = end.exitCode.map { "exit \($0)" }
        switch end.outcome.reason {
        case .exit: return code ?? reason(end.outcome)
        case .signal:
            return end.signal.map { "ended by \(SignalName.text($0))" } ?? reason(end.outcome)
        case .launch:
            return end.executable.map { "could not start \($0)" } ?? reason(end.outcome)
        case .timeout:
            return reason(end.outcome) + (lasted.map { " after \(HumanText.duration($0))" } ?? "")
        case .conditionError: return reason(end.outcome) + (code.map { ", \($0)" } ?? "")
        default: return reason(end.outcome)
        }
    }

    /// The reason where nothing more is known.
    static func reason(_ outcome: Outcome) -> String {
        FailureMessage.text(of: outcome)
    }

    /// Because of which other step this one was skipped, if because of any.
    static func because(_ end: StepEnd) -> String? {
        end.because.map { step in
            end.outcome.reason == .condition ? "only \(step) was asked for" : "needs \(step)"
        }
    }

    /// Why nothing new starts: `load failed`, `cancelled by signal SIGINT`.
    static func stop(_ cause: StopCause) -> String {
        switch cause {
        case .cancelled(let by, let isForced):
            "cancelled by \(by)" + (isForced ? ", not waiting any more" : "")
        case .superseded(let other): "superseded by run \(other)"
        case .timedOut: "the run's timeout passed"
        case .failed(let step): "\(step) failed"
        case .abandoned: "its process was gone"
        }
    }
}
