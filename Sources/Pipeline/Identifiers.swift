/// Sixteen bytes shown as 32 lower-case hexadecimal digits.
package protocol HexIdentifier128: Hashable, Sendable, CustomStringConvertible {
    var high: UInt64 { get }
    var low: UInt64 { get }
    init(high: UInt64, low: UInt64)
}

extension HexIdentifier128 {
    /// Accepts exactly 32 lower-case hexadecimal digits that are not all zero.
    package init?(hex text: String) {
        guard let halves = parseHex(text.utf8, count: 32), halves != (0, 0) else { return nil }
        self.init(high: halves.0, low: halves.1)
    }

    package var description: String {
        unsafe String(unsafeUninitializedCapacity: 32) { buffer in
            unsafe writeHex(high, into: buffer, at: 0)
            unsafe writeHex(low, into: buffer, at: 16)
            return 32
        }
    }

    /// The sixteen bytes, most significant first.
    package var bytes: [UInt8] {
        bigEndianBytes(high) + bigEndianBytes(low)
    }
}

/// Names one run: 48 bits of Unix milliseconds and 80 random bits (ULID's layout), so that ids
/// sort by start and the low 8 bytes are uniformly random.
package struct RunID: HexIdentifier128 {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The 80 random bits are all of `random.0` and of `random.1`.
    package init(startedAt: Timestamp, random: (UInt16, UInt64)) {
        let milliseconds = UInt64(clamping: startedAt.nanoseconds / 1_000_000)
        self.init(high: milliseconds << 16 | UInt64(random.0), low: random.1)
    }

    /// When the run began, to the millisecond.
    package var startedAt: Timestamp {
        let (nanoseconds, overflow) = Int64(high >> 16).multipliedReportingOverflow(by: 1_000_000)
        return Timestamp(nanoseconds: overflow ? .max : nanoseconds)
    }
}

/// A W3C trace id: the run's own id, unless the run continues a caller's trace.
package struct TraceID: HexIdentifier128 {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}

/// A W3C span id, shown as 16 lower-case hexadecimal digits.
package struct SpanID: Hashable, Sendable, CustomStringConvertible {
    package let value: UInt64

    package init(_ value: UInt64) {
        self.value = value
    }

    /// Accepts exactly 16 lower-case hexadecimal digits that are not all zero.
    package init?(hex text: String) {
        guard let halves = parseHex(text.utf8, count: 16), halves.1 != 0 else { return nil }
        value = halves.1
    }

    package var description: String {
        hexText(value)
    }
}

/// The part of a step that one process works on.
package enum StepPart: String, Hashable, Sendable, CaseIterable {
    /// The step's own command.
    case main
    /// The step's `if` command, asked once before the first attempt.
    case condition = "if"
    /// What undoes the step when its run has failed.
    case compensation = "compensate"
}

/// Names one attempt of one part of one step: what has a process, a log and a span.
package struct AttemptRef: Hashable, Sendable {
    package let step: String
    package let part: StepPart
    /// From 1, counted over the whole run, resumes included.
    package let number: Int

    package init(step: String, part: StepPart = .main, number: Int) {
        self.step = step
        self.part = part
        self.number = number
    }

    // By hand: what is derived is called through a table.
    package static func == (left: AttemptRef, right: AttemptRef) -> Bool {
        left.number == right.number && left.part == right.part && left.step == right.step
    }
}

/// Writes the sixteen lower-case hexadecimal digits of `value` to `buffer` from `start` on.
package func writeHex(
    _ value: UInt64,
    into buffer: UnsafeMutableBufferPointer<UInt8>,
    at start: Int
) {
    precondition(start >= 0 && start + 16 <= buffer.count)
    for position in 0..<16 {
        let digit = UInt8(truncatingIfNeeded: value >> UInt64(60 - position * 4) & 15)
        unsafe buffer[start + position] =
            digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") - 10 + digit
    }
}

private func hexText(_ value: UInt64) -> String {
    unsafe String(unsafeUninitializedCapacity: 16) { buffer in
        unsafe writeHex(value, into: buffer, at: 0)
        return 16
    }
}

private func bigEndianBytes(_ value: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: value >> UInt64(56 - $0 * 8)) }
}

private func parseHex(_ text: String.UTF8View, count: Int) -> (UInt64, UInt64)? {
    guard text.count == count else { return nil }
    var high: UInt64 = 0
    var low: UInt64 = 0
    for byte in text {
        let digit: UInt8
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
        default: return nil
        }
        high = high << 4 | low >> 60
        low = low << 4 | UInt64(digit)
    }
    return (high, low)
}
