/// How one attempt ended.
package struct AttemptEnd: Hashable, Sendable {
    package var outcome: Outcome
    /// Exit status 0–255; `nil` when a signal ended the process or it never ran.
    package var exitCode: Int32?
    /// The signal that ended the process.
    package var signal: Int32?
    /// Of reason `oom_kill`: whether another process may have been meant.
    package var isOOMDoubtful: Bool
    package var usage: ResourceUsage?
    /// When it really ended, if that is not the event's own time: the time of death of an attempt
    /// that was in flight at a crash.
    package var endedAt: Timestamp?
    /// What a person should read: why it could not be launched, which output was refused.
    package var message: String?
    /// The program, as launched: `argv[0]`.
    package var executable: String?
    /// The last lines of stderr, or of stdout where stderr stayed empty; secrets masked.
    package var tail: OutputTail?

    package init(
        _ outcome: Outcome,
        exitCode: Int32? = nil,
        signal: Int32? = nil,
        isOOMDoubtful: Bool = false,
        usage: ResourceUsage? = nil,
        endedAt: Timestamp? = nil,
        message: String? = nil,
        executable: String? = nil,
        tail: OutputTail? = nil
    ) {
        self.outcome = outcome
        self.exitCode = exitCode
        self.signal = signal
        self.isOOMDoubtful = isOOMDoubtful
        self.usage = usage
        self.endedAt = endedAt
        self.message = message
        self.executable = executable
        self.tail = tail
    }
}

/// The end of what an attempt printed.
package struct OutputTail: Hashable, Sendable {
    /// At most `Limits.tailLines`, valid UTF-8, without line ends.
    package var lines: [String]
    /// How many lines there were in all.
    package var totalLines: Int

    package init(lines: [String], totalLines: Int) {
        self.lines = lines
        self.totalLines = totalLines
    }
}

/// What an attempt consumed: `wait4` and `/proc/<pid>/io`, reaped descendants included.
package struct ResourceUsage: Hashable, Sendable {
    package var userCPU: Duration
    package var systemCPU: Duration
    /// Bytes; `nil` when the kernel's figure was not above `peakMemoryFloor`, so says nothing.
    package var peakMemory: Int64?
    /// Bytes: Weir's own high-water mark, at which a child's figure starts.
    package var peakMemoryFloor: Int64
    /// Bytes read from and written to storage; `nil` where the kernel does not tell.
    package var bytesRead: Int64?
    package var bytesWritten: Int64?
    package var voluntarySwitches: Int64
    package var involuntarySwitches: Int64

    package init(
        userCPU: Duration = .zero,
        systemCPU: Duration = .zero,
        peakMemory: Int64? = nil,
        peakMemoryFloor: Int64 = 0,
        bytesRead: Int64? = nil,
        bytesWritten: Int64? = nil,
        voluntarySwitches: Int64 = 0,
        involuntarySwitches: Int64 = 0
    ) {
        self.userCPU = userCPU
        self.systemCPU = systemCPU
        self.peakMemory = peakMemory
        self.peakMemoryFloor = peakMemoryFloor
        self.bytesRead = bytesRead
        self.bytesWritten = bytesWritten
        self.voluntarySwitches = voluntarySwitches
        self.involuntarySwitches = involuntarySwitches
    }
}
