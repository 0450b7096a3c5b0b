package import Pipeline
import Telemetry

/// What one attempt has printed so far, as records, to be read elsewhere by `AttemptLogReader`.
package struct AttemptRecords {
    /// Both files of an attempt that printed as much as is kept, and what a record more may take.
    package static let bytesMax = 2 * AttemptLog.bytesMax + (1 << 20)

    private let reader: AttemptLogReader

    package init(of attempt: AttemptRef, in folder: RunFolder) {
        reader = AttemptLogReader(attempt, of: folder)
    }

    /// Whether it has printed anything.
    package var isThere: Bool { reader.isThere }

    /// All of it, whatever moves aside meanwhile; `nil`: it is too long.
    package func read() -> [UInt8]? {
        var bytes: [UInt8] = []
        func take(_ piece: LogPiece) -> Bool {
            Self.append(piece, to: &bytes)
            return bytes.count <= Self.bytesMax
        }
        return reader.read(take) && reader.finish(take) ? bytes : nil
    }

    private static func append(_ piece: LogPiece, to bytes: inout [UInt8]) {
        guard let time = piece.time, let stream = piece.stream else {
            bytes += piece.text
            if piece.ending == .line { bytes.append(UInt8(ascii: "\n")) }
            return
        }
        bytes += time
        bytes += " \(stream.rawValue) ".utf8
        switch piece.ending {
        case .line: bytes += "F ".utf8
        case .piece: bytes += "P ".utf8
        case .end: bytes += "F\(LogPiece.endMark)".utf8
        }
        bytes += piece.text
        bytes.append(UInt8(ascii: "\n"))
    }
}
