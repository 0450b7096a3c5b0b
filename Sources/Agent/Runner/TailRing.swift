import CLinux
import Glibc
package import Pipeline

/// The last lines of a stream, bounded in number and length.
package struct TailRing: Sendable {
    private var lines: [[UInt8]] = []
    private var oldest = 0
    private var current: [UInt8] = []
    private var hasCurrent = false
    private var finished = 0

    package init() {}

    /// Lines so far, an unfinished one included.
    package var totalLines: Int { finished + (hasCurrent ? 1 : 0) }

    package mutating func append(_ bytes: ArraySlice<UInt8>) {
        unsafe bytes.withUnsafeBytes { unsafe append(skipLines(of: $0)) }
    }

    /// Counts the lines that those behind them push out at once: of many short lines in one piece
    /// only the last are looked at.
    ///
    /// - Returns: What is left to look at.
    private mutating func skipLines(of bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        guard let base = bytes.baseAddress else { return unsafe bytes }
        var end = bytes.count
        for _ in 0...Limits.tailLines {
            guard let found = unsafe memrchr(base, Int32(UInt8(ascii: "\n")), end) else {
                return unsafe bytes
            }
            unsafe end = base.distance(to: found)
        }
        var count = 0
        for position in 0...end where unsafe bytes[position] == UInt8(ascii: "\n") { count &+= 1 }
        finished += count
        hasCurrent = false
        current.removeAll(keepingCapacity: true)
        return unsafe UnsafeRawBufferPointer(rebasing: bytes[(end + 1)...])
    }

    /// Every byte that a step prints passes here: `memchr` finds line ends faster than a loop.
    private mutating func append(_ bytes: UnsafeRawBufferPointer) {
        var start = 0
        while start < bytes.count, let base = bytes.baseAddress {
            let count = bytes.count - start
            let found = unsafe memchr(base + start, Int32(UInt8(ascii: "\n")), count)
            let length = unsafe found.map { unsafe base.distance(to: $0) - start } ?? count
            unsafe add(UnsafeRawBufferPointer(rebasing: bytes[start..<(start + length)]))
            guard unsafe found != nil else { return }
            endLine()
            start += length + 1
        }
    }

    /// What a person may read: bytes that are not UTF-8 become U+FFFD.
    package var tail: OutputTail {
        var texts = (lines[oldest...] + lines[..<oldest]).map(TailRing.text)
        if hasCurrent { texts.append(TailRing.text(current)) }
        return OutputTail(lines: texts.suffix(Limits.tailLines), totalLines: totalLines)
    }

    package var lastLine: String? {
        if hasCurrent { return TailRing.text(current) }
        guard !lines.isEmpty else { return nil }
        return TailRing.text(lines[(oldest + lines.count - 1) % lines.count])
    }

    private mutating func add(_ bytes: UnsafeRawBufferPointer) {
        hasCurrent = hasCurrent || bytes.count > 0
        let room = min(bytes.count, max(0, Limits.tailLineBytes - current.count))
        unsafe current.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[..<room]))
    }

    private mutating func endLine() {
        finished += 1
        hasCurrent = false
        if lines.count < Limits.tailLines {
            lines.append(current)
        } else {
            lines[oldest] = current
            oldest = (oldest + 1) % lines.count
        }
        current.removeAll(keepingCapacity: true)
    }

    private static func text(_ line: [UInt8]) -> String {
        var line = line[...]
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        return String(decoding: line, as: UTF8.self)
    }
}
