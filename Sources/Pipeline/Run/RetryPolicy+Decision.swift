extension RetryPolicy {
    /// Exit codes that say "never again", whatever the policy: sysexits' usage, data, no input,
    /// permission and configuration errors, and the shells' "cannot execute" and "not found".
    package static let permanentExitCodes: Set<Int32> = [64, 65, 66, 77, 78, 126, 127]
    /// sysexits' EX_TEMPFAIL, "try again later".
    package static let temporaryFailure: Int32 = 75

    /// Whether an attempt that ended so is worth repeating; how often is not asked here.
    package func allowsRetry(after end: AttemptEnd) -> Bool {
        switch end.outcome.reason {
        case .exit, .outputContract:
            guard let code = end.exitCode, code != 0 else { return false }
            return allowsRetry(exitCode: code)
        case .signal, .oomKill: return triggers.contains(.signal) && exitCodes.isEmpty
        case .timeout, .idleTimeout: return triggers.contains(.timeout) && exitCodes.isEmpty
        case .httpStatus: return triggers.contains(.status)
        case .network: return triggers.contains(.network)
        default: return false
        }
    }

    private func allowsRetry(exitCode code: Int32) -> Bool {
        if code == Self.temporaryFailure { return true }
        if !exitCodes.isEmpty { return exitCodes.contains(code) }
        return triggers.contains(.exit) && !Self.permanentExitCodes.contains(code)
    }

    /// Full jitter: U(0,1) × min(max, min·2^(n−1)) before attempt n + 1.
    ///
    /// - Parameters:
    ///   - failures: Attempts that have failed, n.
    ///   - fraction: The draw from U(0,1).
    /// - Returns: The wait, never negative.
    package func delay(afterFailures failures: Int, fraction: Double) -> Duration {
        let doublings = min(max(failures - 1, 0), 62)
        let base = Double(backoffMinimum.wholeNanoseconds) * Double(UInt64(1) << UInt64(doublings))
        let ceiling = min(base, Double(backoffMaximum.wholeNanoseconds))
        return .nanoseconds(Int64(max(0, ceiling * min(max(fraction, 0), 1))))
    }
}

/// A draw from U(0,1) that the same run, step and attempt always repeat: a resume and a
/// simulation see the same delays, and two runs never march in step.
package func retryJitter(run: RunID, step: String, attempt: Int) -> Double {
    var state = run.low ^ run.high &* 0x9E37_79B9_7F4A_7C15
    for byte in step.utf8 { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    state &+= UInt64(truncatingIfNeeded: attempt) &* 0x9E37_79B9_7F4A_7C15
    state = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    state = (state ^ (state >> 27)) &* 0x94D0_49BB_1331_11EB
    state ^= state >> 31
    return Double(state >> 11) * 0x1p-53
}
