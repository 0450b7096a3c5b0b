package import Pipeline
package import Telemetry

/// One request's body, as it is kept to be sent on: byte for byte what came, secrets masked.
package struct ReceivedBody: Hashable, Sendable {
    /// Of the last of its lines; 0 until it is in a file.
    package var sequence: UInt64
    package var signal: OTLPSignal
    package var encoding: OTLPEncoding
    /// Spans, metrics' data points or log records in it.
    package var items: Int
    /// Whose it is; `nil`: Weir's own.
    package var attempt: AttemptRef?
    /// When it came.
    package var at: Timestamp
    package var bytes: [UInt8]

    package init(
        sequence: UInt64 = 0,
        signal: OTLPSignal,
        encoding: OTLPEncoding,
        items: Int,
        attempt: AttemptRef?,
        at: Timestamp,
        bytes: [UInt8]
    ) {
        self.sequence = sequence
        self.signal = signal
        self.encoding = encoding
        self.items = items
        self.attempt = attempt
        self.at = at
        self.bytes = bytes
    }
}

/// Every bound of what is received, each with its reason.
package enum ReceivedLimits {
    /// A batch of any SDK has some hundred KiB; a larger body is refused with 413.
    package static let bodyBytes = 4 << 20
    /// As much as one run's file of one signal may hold.
    ///
    /// An SDK that sends a batch of 512 spans (200 KiB) every 5 s fills it in twenty minutes;
    /// beyond it bodies are refused with 429, which SDKs try again.
    package static let fileBytes = 64 << 20
    /// Raw bytes of a body in one line of its file: base64 makes 960 KiB of them, and a line has at
    /// most 1 MiB.
    package static let pieceBytes = 720 << 10
    /// Bodies that wait to be written, and their bytes; beyond: 503.
    package static let queuedBodies = 256
    package static let queuedBytes = 32 << 20
    /// Connections at once; a child has one for each signal, and workers are as many as processors
    /// by default.
    package static let connections = 256
    /// Brackets inside each other in a body of JSON: a collector that reads protobuf stops at 100
    /// messages, each of which has two here.
    package static let depth = 200
}
