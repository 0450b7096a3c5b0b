/// How a run, a step or an attempt ended: the values of OpenTelemetry's `cicd.pipeline.result`.
package enum RunResult: String, Hashable, Sendable, CaseIterable {
    case success
    /// The work said no.
    case failure
    /// The system broke.
    case error
    case timeout
    case cancellation
    case skip
}

/// Why it ended so; the reason decides the result (`Outcome.reasons(of:)`).
package enum Reason: String, Hashable, Sendable, CaseIterable {
    case exit
    case cacheHit = "cache_hit"
    case reused
    case signal
    case httpStatus = "http_status"
    case items
    case outputContract = "output_contract"
    case approvalRejected = "approval_rejected"
    case launch
    case oomKill = "oom_kill"
    case network
    case agentCrash = "agent_crash"
    case recoveryLimit = "recovery_limit"
    case breakerOpen = "breaker_open"
    case queueFull = "queue_full"
    case journal
    case conditionError = "condition_error"
    case `internal`
    case timeout
    case idleTimeout = "idle_timeout"
    case cancel
    case superseded
    case drain
    case dependency
    case condition
}

extension Reason {
    /// Weir, not the work, is why the attempt did not come to its end: its process died, its
    /// journal took no more, or it was shut down.
    ///
    /// Such an attempt is repeated, and does not use up `retry.attempts`.
    package var isInterruption: Bool { [.agentCrash, .journal, .drain].contains(self) }
}

/// A result with its reason; only the pairs of the design's table exist.
package struct Outcome: Hashable, Sendable {
    package let result: RunResult
    package let reason: Reason

    /// - Returns: `nil` for a pair that the table does not hold.
    package init?(_ result: RunResult, _ reason: Reason) {
        guard Outcome.reasons(of: result).contains(reason) else { return nil }
        self.result = result
        self.reason = reason
    }

    private init(known result: RunResult, _ reason: Reason) {
        self.result = result
        self.reason = reason
    }

    /// Exit 0.
    package static let success = Outcome(known: .success, .exit)
    /// A non-zero exit.
    package static let exit = Outcome(known: .failure, .exit)

    /// The one outcome that `reason` means; `exit` is taken as the failure.
    package init(_ reason: Reason) {
        let results: [RunResult] = [.failure, .error, .timeout, .cancellation, .skip, .success]
        let result = results.first { Outcome.reasons(of: $0).contains(reason) } ?? .error
        self.init(known: result, reason)
    }

    /// The reasons that may go with `result`, in the table's order.
    package static func reasons(of result: RunResult) -> [Reason] {
        switch result {
        case .success: [.exit, .cacheHit, .reused]
        case .failure: [.exit, .signal, .httpStatus, .items, .outputContract, .approvalRejected]
        case .error:
            [
                .launch, .oomKill, .network, .agentCrash, .recoveryLimit, .breakerOpen, .queueFull,
                .journal, .conditionError, .internal,
            ]
        case .timeout: [.timeout, .idleTimeout]
        case .cancellation: [.cancel, .superseded, .drain]
        case .skip: [.dependency, .condition]
        }
    }
}
