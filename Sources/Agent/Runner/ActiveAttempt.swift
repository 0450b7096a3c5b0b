import Glibc
import Pipeline
import Telemetry

/// One stream of a running attempt, from the pipe to the mask, the log and the tail.
struct StreamCapture {
    let stream: StepStream
    /// -1 once closed.
    var descriptor: Int32
    var tail = TailRing()
    /// Bytes that may be the beginning of a secret's value.
    private var held: [UInt8] = []
    private(set) var heldSince: Timestamp?

    init(_ stream: StepStream, descriptor: Int32) {
        self.stream = stream
        self.descriptor = descriptor
    }

    mutating func take(
        _ bytes: ArraySlice<UInt8>,
        mask: SecretMask,
        into log: inout AttemptLog,
        at now: Timestamp
    ) {
        guard !mask.isEmpty else {
            log.append(bytes, of: stream, at: now)
            tail.append(bytes)
            return
        }
        held.append(contentsOf: bytes)
        flush(mask: mask, into: &log, isFinal: false, at: now)
        heldSince = held.isEmpty ? nil : heldSince ?? now
    }

    /// Lets go of what was held back: the stream has ended, or nothing followed for a while.
    mutating func flush(
        mask: SecretMask,
        into log: inout AttemptLog,
        isFinal: Bool,
        at now: Timestamp
    ) {
        let decided = mask.mask(&held, isFinal: isFinal)
        log.append(decided[...], of: stream, at: now)
        tail.append(decided[...])
        if held.isEmpty { heldSince = nil }
    }

    /// Nothing follows.
    mutating func end(mask: SecretMask, into log: inout AttemptLog, at now: Timestamp) {
        flush(mask: mask, into: &log, isFinal: true, at: now)
        log.end(stream, at: now)
    }
}

/// A process that runs, and what Weir holds for it.
final class ActiveAttempt {
    let attempt: AttemptRef
    let process: SpawnedProcess
    /// At least Weir's own memory peak when it was started, as far as is known.
    let memoryFloor: Int64
    /// Before its process was started.
    var begunAfter = ContinuousClock.now
    /// Where it may leave its outputs.
    let outputPath: String
    var out: StreamCapture
    var err: StreamCapture
    var log: AttemptLog
    var startedAt = Timestamp(nanoseconds: 0)
    var observedAt = Timestamp(nanoseconds: 0)
    /// Since when it has been silent, and how long it may be; `nil`: as long as it likes.
    var silence: (since: Timestamp, limit: Duration)?

    init(
        _ attempt: AttemptRef,
        _ process: SpawnedProcess,
        memoryFloor: Int64,
        outputPath: String,
        logs: LogPlace
    ) {
        self.attempt = attempt
        self.process = process
        self.memoryFloor = memoryFloor
        self.outputPath = outputPath
        out = StreamCapture(.stdout, descriptor: process.stdout)
        err = StreamCapture(.stderr, descriptor: process.stderr)
        log = AttemptLog(of: attempt, in: logs)
    }

    /// The lines a failure shows: what it said on stderr, or on stdout if it kept silent there.
    var tail: OutputTail? {
        let ring = err.tail.totalLines > 0 ? err.tail : out.tail
        return ring.totalLines > 0 ? ring.tail : nil
    }

    var lastLine: String? {
        err.tail.lastLine ?? out.tail.lastLine
    }
}
