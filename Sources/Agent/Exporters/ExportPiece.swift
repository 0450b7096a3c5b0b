import Pipeline
package import Telemetry

/// What one request carries.
package struct ExportPiece: Sendable {
    package let bytes: [UInt8]
    package let encoding: OTLPEncoding
    /// Spans, data points or log records.
    package let itemCount: Int
    /// When it was received; of Weir's own spans the batch knows more.
    let at: Timestamp?
    /// Weir's own spans can be told apart; what a child sent goes as it came.
    let batch: OTLPBatch?

    package init(_ batch: OTLPBatch) {
        bytes = batch.bytes
        encoding = .json
        itemCount = batch.spanCount
        at = nil
        self.batch = batch
    }

    package init(_ body: ReceivedBody) {
        bytes = body.bytes
        encoding = body.encoding
        itemCount = body.items
        at = body.at
        batch = nil
    }

    /// The same items in two requests, to find the one that a collector refuses; `nil` when there
    /// is nothing to be found.
    func halved() -> (ExportPiece, ExportPiece)? {
        batch?.halved().map { (ExportPiece($0), ExportPiece($1)) }
    }
}
