import Journal
import Pipeline
import Telemetry

/// A run's trace as lines of OTLP/JSON, each a whole request (OTLP file format): its own spans, and
/// those that its children sent.
package struct RunTraceLines {
    private let folder: RunFolder

    package init(_ folder: RunFolder) {
        self.folder = folder
    }

    /// Calls `body` for each line, without its line end.
    ///
    /// - Returns: How many spans there were.
    /// - Throws: What the files cannot be read for; what `body` throws.
    package func write(_ body: ([UInt8]) throws -> Void) throws -> Int {
        try writeOwn(body) + writeReceived(body)
    }

    private func writeOwn(_ body: ([UInt8]) throws -> Void) throws -> Int {
        let source = ExportSource(folder, .spans, extent: .copy, before: { .max })
        guard case .tail(let tail) = try source.open() else { return 0 }
        var builder = OTLPBatchBuilder()
        var count = 0
        var full: [OTLPBatch] = []
        while case .line = try tail.next({ span, resource in
            if builder.add(span, of: resource) == .full {
                if let batch = builder.take() { full.append(batch) }
                // One that is larger than a batch may be is sent nowhere, either.
                guard builder.add(span, of: resource) == .added else { return }
            }
            count += 1
        }) {
            for batch in full { try body(batch.bytes) }
            full = []
        }
        if let batch = builder.take() { try body(batch.bytes) }
        return count
    }

    private func writeReceived(_ body: ([UInt8]) throws -> Void) throws -> Int {
        guard folder.holds(folder.receivedPath(of: .traces)) else { return 0 }
        var reader = try ReceivedReader(folder: folder, signal: .traces)
        var count = 0
        while let received = try reader.next() {
            switch received.encoding {
            case .protobuf: try body(OTLPTranscoding.json(ofTraces: received.bytes))
            case .json:
                // A line end inside JSON is white space, never part of a string.
                try body(received.bytes.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 })
            }
            count += received.items
        }
        return count
    }
}
