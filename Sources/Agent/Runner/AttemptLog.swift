import CLinux
import Glibc
package import Pipeline
package import Telemetry

/// What one attempt printed, both streams as they came, line by line with the time (`LogPiece`), in
/// a file that appears with its first line, as does the folder of a run's logs.
///
/// The file holds the newest output: at the limit it moves aside, replacing what was moved aside
/// before, so that an attempt keeps between one and two times the limit.
package struct AttemptLog: ~Copyable {
    /// A person reads the end of a log; what is larger is data, and belongs in `WEIR_DIR`.
    package static let bytesMax = 32 << 20
    /// How long the beginning of a line waits for its end.
    static let holdLimit = Duration.milliseconds(100)

    /// `load.2.cri.log`, and `load.if.1.cri.log` for the condition.
    package static func name(of attempt: AttemptRef) -> String { "\(stem(of: attempt)).cri.log" }

    /// As it was called when logs were the bytes alone, without times: no step's name has a dot,
    /// so one name is never taken for the other.
    package static func plainName(of attempt: AttemptRef) -> String { "\(stem(of: attempt)).log" }

    private static func stem(of attempt: AttemptRef) -> String {
        let part = attempt.part == .main ? "" : ".\(attempt.part.rawValue)"
        return "\(attempt.step)\(part).\(attempt.number)"
    }

    /// What of a stream is not in the file yet.
    private struct Unfinished {
        var framing = LineFraming()
        /// Since when it holds the beginning of a line.
        var since: Timestamp?
    }

    private let place: LogPlace
    private let attempt: AttemptRef
    private var number: Int32 = -1
    private var size = 0
    private var hasFailed = false
    private var out = Unfinished()
    private var err = Unfinished()
    /// Of the step's own bytes: those in the file, and those in the one that was moved aside.
    private var kept = (now: 0, before: 0)
    /// Bytes of the step's that are in no file any more.
    package private(set) var droppedBytes = 0

    package init(of attempt: AttemptRef, in place: LogPlace) {
        self.attempt = attempt
        self.place = place
    }

    /// Put together where it is needed: most attempts print nothing.
    private var path: String { "\(place.folder)/\(Self.name(of: attempt))" }

    deinit {
        if number >= 0 { _ = Glibc.close(number) }
    }

    /// Since when the older of both streams' unfinished lines waits.
    var unfinishedSince: Timestamp? {
        guard let first = out.since, let second = err.since else { return out.since ?? err.since }
        return min(first, second)
    }

    /// Takes what was read of a stream.
    package mutating func append(
        _ bytes: ArraySlice<UInt8>,
        of stream: StepStream,
        at now: Timestamp
    ) {
        guard !bytes.isEmpty else { return }
        unsafe bytes.withUnsafeBytes { chunk in
            unsafe append(chunk, of: stream, at: now)
        }
    }

    private mutating func append(
        _ chunk: UnsafeRawBufferPointer,
        of stream: StepStream,
        at now: Timestamp
    ) {
        let records = place.records
        var start = 0
        while start < chunk.count {
            records.begin(stream, at: now)
            let rest = unsafe UnsafeRawBufferPointer(rebasing: chunk[start...])
            let progress = change(stream) { unfinished in
                let progress = unsafe unfinished.framing.frame(rest, into: records)
                if !unfinished.framing.hasUnfinished {
                    unfinished.since = nil
                } else if progress.isMoving || unfinished.since == nil {
                    unfinished.since = now
                }
                return progress
            }
            start += progress.taken
            writeRecords(at: now)
        }
    }

    /// Writes the beginnings of lines that have waited long enough.
    mutating func flushUnfinished(at now: Timestamp) {
        for stream in StepStream.allCases {
            guard let since = stream == .stdout ? out.since : err.since,
                now - since >= Self.holdLimit
            else { continue }
            flush(stream, isEnd: false, at: now)
        }
    }

    /// Nothing follows in this stream.
    package mutating func end(_ stream: StepStream, at now: Timestamp) {
        flush(stream, isEnd: true, at: now)
    }

    private mutating func flush(_ stream: StepStream, isEnd: Bool, at now: Timestamp) {
        let records = place.records
        records.begin(stream, at: now)
        change(stream) { unfinished in
            unfinished.framing.flush(isEnd: isEnd, into: records)
            unfinished.since = nil
        }
        writeRecords(at: now)
    }

    private mutating func change<Value>(
        _ stream: StepStream,
        _ body: (inout Unfinished) -> Value
    ) -> Value {
        stream == .stdout ? body(&out) : body(&err)
    }

    // MARK: - The file

    /// Logs are observations: a disk that takes no more drops them and does not end the attempt.
    private mutating func writeRecords(at now: Timestamp) {
        let records = place.records
        guard !records.isEmpty else { return }
        defer { records.removeAll() }
        place.tell(of: attempt, at: now)
        if size + records.count > place.bytesMax, size > 0 { rotate() }
        if number < 0, !hasFailed {
            number = open()
            if number < 0, errno == ENOENT, unsafe mkdir(place.folder, 0o700) == 0 {
                number = open()
            }
            hasFailed = number < 0
        }
        let descriptor = number
        let written = unsafe records.withRecords {
            unsafe write(descriptor, $0.baseAddress, $0.count)
        }
        guard written < records.count else {
            size += written
            kept.now += records.textBytes
            return
        }
        droppedBytes += records.textBytes
        // Half a record would spoil the next one.
        if written > 0, ftruncate(number, size) != 0 { hasFailed = true }
    }

    private func open() -> Int32 {
        unsafe weir_open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    }

    private mutating func rotate() {
        let path = self.path
        droppedBytes += kept.before
        kept = (0, kept.now)
        _ = unsafe rename(path, path + ".1")
        if number >= 0 { _ = Glibc.close(number) }
        number = -1
        size = 0
    }
}
