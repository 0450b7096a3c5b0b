import Pipeline
import Telemetry

/// Where the logs of one run go, and what its attempts share for them; on the engine's thread.
package final class LogPlace {
    /// Absolute: the folder of the logs; it appears with the first of them.
    let folder: String
    /// Of one file; an attempt has two at most.
    let bytesMax: Int
    let records = LogRecordBuffer()
    private let sink: (any OutputLineSink)?

    package init(
        _ folder: String,
        bytesMax: Int = AttemptLog.bytesMax,
        sink: (any OutputLineSink)? = nil
    ) {
        self.folder = folder
        self.bytesMax = bytesMax
        self.sink = sink
    }

    /// Hands on the records that are about to be written.
    func tell(of attempt: AttemptRef, at now: Timestamp) {
        guard let sink else { return }
        let bytes = unsafe records.withRecords { unsafe Array($0) }
        for record in bytes.split(separator: 0x0A) {
            guard let piece = LogPiece(record: record), let stream = piece.stream else { continue }
            let line = OutputLine(
                attempt: attempt,
                stream: stream,
                at: now,
                text: piece.text,
                isPartial: piece.ending == .piece
            )
            sink.offer(line)
        }
    }
}
