import Pipeline
import Telemetry

/// Records of a step's log, ready to be written: one text after the other into memory that is
/// asked for once.
@safe
final class LogRecordBuffer {
    /// A few hundred kilobytes stay in a processor's cache, and are worth a system call.
    static let capacity = 256 << 10

    private static let endMark = Array(LogPiece.endMark.utf8)
    private static let roomForOne = LogPiece.headBytes + endMark.count + LogPiece.textBytes + 1

    private let memory: UnsafeMutableRawBufferPointer
    /// The time, the stream and `F` between their spaces.
    private let head: UnsafeMutableRawBufferPointer
    private(set) var count = 0
    /// Bytes of the steps' own in the records.
    private(set) var textBytes = 0
    private var instant: Timestamp?

    init() {
        let capacity = LogRecordBuffer.capacity
        unsafe memory = .allocate(byteCount: capacity, alignment: 16)
        unsafe head = .allocate(byteCount: LogPiece.headBytes, alignment: 16)
        unsafe head.copyBytes(from: PreciseInstant.bytes(Timestamp(nanoseconds: 0)))
        let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: head[PreciseInstant.count...])
        unsafe rest.copyBytes(from: " stdout F ".utf8)
    }

    deinit {
        unsafe memory.deallocate()
        unsafe head.deallocate()
    }

    /// Whether another record fits, however long its text.
    var hasRoom: Bool { count + LogRecordBuffer.roomForOne <= LogRecordBuffer.capacity }

    var isEmpty: Bool { count == 0 }

    /// The records, as long as the call lasts.
    func withRecords<Value>(_ body: (UnsafeRawBufferPointer) -> Value) -> Value {
        unsafe body(UnsafeRawBufferPointer(rebasing: memory[..<count]))
    }

    func removeAll() {
        count = 0
        textBytes = 0
    }

    /// What follows was read from `stream` at `now`.
    func begin(_ stream: StepStream, at now: Timestamp) {
        if now != instant {
            instant = now
            unsafe head.copyBytes(from: PreciseInstant.bytes(now))
        }
        let letters = stream == .stdout ? "out" : "err"
        let place = PreciseInstant.count + 4
        unsafe UnsafeMutableRawBufferPointer(rebasing: head[place..<(place + 3)])
            .copyBytes(from: letters.utf8)
    }

    enum Ending {
        /// `text` ends with the newline.
        case line
        case piece
        case end
    }

    /// Adds one record; its text is `held` and then `text`, 16 KiB at most.
    @inline(__always)
    func add(
        _ held: UnsafeRawBufferPointer?,
        _ text: UnsafeRawBufferPointer,
        _ ending: Ending
    ) {
        unsafe append(UnsafeRawBufferPointer(head))
        switch ending {
        case .line: break
        case .piece: unsafe memory[count - 2] = UInt8(ascii: "P")
        case .end:
            count -= 1
            unsafe LogRecordBuffer.endMark.withUnsafeBytes { unsafe append($0) }
        }
        if let held = unsafe held {
            unsafe append(held)
            textBytes += held.count
        }
        unsafe append(text)
        textBytes += text.count
        guard ending != .line else { return }
        unsafe memory[count] = UInt8(ascii: "\n")
        count += 1
    }

    @inline(__always)
    private func append(_ bytes: UnsafeRawBufferPointer) {
        guard let from = bytes.baseAddress, let to = unsafe memory.baseAddress, bytes.count > 0
        else {
            return
        }
        precondition(count + bytes.count < LogRecordBuffer.capacity)
        unsafe (to + count).copyMemory(from: from, byteCount: bytes.count)
        count += bytes.count
    }
}
