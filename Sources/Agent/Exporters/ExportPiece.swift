package import Telemetry

/// What one request carries.
package struct ExportPiece: Sendable {
    package let bytes: [UInt8]
    package let encoding: OTLPEncoding
    /// Spans, data points or log records.
    package let itemCount: Int
    /// Weir's own spans can be told apart; what a child sent goes as it came.
    private let batch: OTLPBatch?

    package init(_ batch: OTLPBatch) {
        bytes = batch.bytes
        encoding = .json
        itemCount = batch.spanCount
        self.batch = batch
    }

    package init(_ bytes: [UInt8], _ encoding: OTLPEncoding, items: Int) {
        self.bytes = bytes
        self.encoding = encoding
        itemCount = items
        batch = nil
    }

    /// The same items in two requests, to find the one that a collector refuses; `nil` when there
    /// is nothing to be found.
    func halved() -> (ExportPiece, ExportPiece)? {
        batch?.halved().map { (ExportPiece($0), ExportPiece($1)) }
    }
}
