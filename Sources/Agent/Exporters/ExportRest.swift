import Pipeline
import Telemetry

/// What of a line is not in a batch yet.
struct ExportRest {
    /// Those of its spans for which there was no room, and whose they are.
    var spans: ArraySlice<FinishedSpan> = []
    var resource: OTLPResource?
    /// Goes as it came.
    var piece: ExportPiece?
    /// What holds once all of it is settled.
    var mark: ExportOutbox.Mark

    var itemCount: Int { spans.count + (piece?.itemCount ?? 0) }
    var oldest: Timestamp? { spans.first?.end ?? piece?.at }
}
