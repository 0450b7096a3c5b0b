package import Pipeline
package import Telemetry

/// One record of what an attempt prints, with secrets masked.
package struct OutputLine: Sendable {
    package var attempt: AttemptRef
    package var stream: StepStream
    /// When it was read; never goes back within an attempt.
    package var at: Timestamp
    /// As the step printed it, UTF-8 or not; without the newline, 16 KiB at most.
    package var text: ArraySlice<UInt8>
    /// The line goes on in the next record of this stream.
    package var isPartial: Bool

    package init(
        attempt: AttemptRef,
        stream: StepStream,
        at: Timestamp,
        text: ArraySlice<UInt8>,
        isPartial: Bool
    ) {
        self.attempt = attempt
        self.stream = stream
        self.at = at
        self.text = text
        self.isPartial = isPartial
    }
}

/// Whoever wants each line that steps print, on the engine's thread: it must neither wait nor fail.
package protocol OutputLineSink: AnyObject, Sendable {
    func offer(_ line: OutputLine)
}
