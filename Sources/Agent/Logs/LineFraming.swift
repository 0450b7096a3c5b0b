import Glibc
import Telemetry

/// Cuts one stream into the records of a log, and holds the line that has not ended yet.
///
/// Bytes stay as they are, UTF-8 or not. Every byte that a step prints passes here.
struct LineFraming: Sendable {
    private var held: [UInt8] = []
    /// Records of the line that has not ended are out already.
    private var isContinued = false

    init() {}

    var hasUnfinished: Bool { !held.isEmpty }

    /// What came of a chunk.
    struct Progress: Sendable {
        /// Bytes of the chunk that are in records, or held.
        var taken: Int
        /// Whether a record was made: what is held then is new.
        var isMoving: Bool
    }

    /// Puts a chunk into records, as far as there is room for them.
    mutating func frame(
        _ chunk: UnsafeRawBufferPointer,
        into records: LogRecordBuffer
    ) -> Progress {
        var start = 0
        let before = records.count
        while start < chunk.count, let base = chunk.baseAddress {
            guard records.hasRoom else { break }
            let rest = chunk.count - start
            let room = LogPiece.textBytes - held.count
            let found = unsafe memchr(base + start, 0x0A, min(room + 1, rest))
            if let found = unsafe found {
                let length = unsafe base.distance(to: found) - start + 1
                unsafe add(chunk, start, length, .line, to: records)
                start += length
            } else if rest > room {
                unsafe add(chunk, start, room, .piece, to: records)
                start += room
            } else {
                unsafe held.append(
                    contentsOf: UnsafeRawBufferPointer(rebasing: chunk[start...])
                )
                start += rest
            }
        }
        return Progress(taken: start, isMoving: records.count > before)
    }

    /// Lets go of what is held; needs room for one record.
    ///
    /// - Parameters:
    ///   - isEnd: Nothing follows in this stream.
    ///   - records: Gets it.
    mutating func flush(isEnd: Bool, into records: LogRecordBuffer) {
        guard !held.isEmpty || (isEnd && isContinued) else { return }
        let nothing = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
        unsafe held.withUnsafeBytes { unsafe records.add($0, nothing, isEnd ? .end : .piece) }
        held.removeAll(keepingCapacity: true)
        isContinued = !isEnd
    }

    @inline(__always)
    private mutating func add(
        _ chunk: UnsafeRawBufferPointer,
        _ start: Int,
        _ length: Int,
        _ ending: LogRecordBuffer.Ending,
        to records: LogRecordBuffer
    ) {
        let text = unsafe UnsafeRawBufferPointer(rebasing: chunk[start..<(start + length)])
        isContinued = ending == .piece
        if held.isEmpty {
            unsafe records.add(nil, text, ending)
        } else {
            unsafe held.withUnsafeBytes { unsafe records.add($0, text, ending) }
            held.removeAll(keepingCapacity: true)
        }
    }
}
