import Glibc
import Pipeline

/// Exit statuses of `weir` (design §7).
enum ExitCode {
    static let success: Int32 = 0
    static let failure: Int32 = 1
    static let usage: Int32 = 2
    static let error: Int32 = 3
    static let timeout: Int32 = 124
    /// `exec`: Weir itself could not do its part.
    static let wrapperFailed: Int32 = 125
    static let notExecutable: Int32 = 126
    static let notFound: Int32 = 127

    /// 128 + the signal, as shells say it.
    static func signal(_ number: Int32) -> Int32 { 128 + number }

    /// How a run's outcome is told to whoever started `weir`.
    ///
    /// - Parameters:
    ///   - outcome: The run's.
    ///   - cancelSignal: The signal that cancelled it, if one did.
    /// - Returns: The status to exit with.
    static func of(_ outcome: Outcome, cancelSignal: Int32?) -> Int32 {
        switch outcome.result {
        case .success, .skip: success
        case .failure: failure
        case .error: error
        case .timeout: timeout
        case .cancellation: signal(cancelSignal ?? SIGINT)
        }
    }
}
