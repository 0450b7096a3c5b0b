/// A file's bytes together with where its lines begin, so that any offset can be shown as a place.
package struct SourceText: Sendable {
    /// As the user named it; used for messages only.
    package let file: String
    /// The whole file, a byte order mark included.
    package let bytes: [UInt8]
    private let lineStarts: [Int]

    package init(_ bytes: [UInt8], file: String) {
        self.file = file
        self.bytes = bytes
        lineStarts = SourceText.lineStarts(of: bytes)
    }

    /// The place of the byte at `offset`, which is clamped to the text.
    package func place(at offset: Int) -> SourcePlace {
        let offset = min(max(offset, 0), bytes.count)
        var low = 0
        var high = lineStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if lineStarts[middle] <= offset { low = middle } else { high = middle }
        }
        let start = low == 0 ? contentStart : lineStarts[low]
        return SourcePlace(line: low + 1, column: characters(from: start, to: offset) + 1)
    }

    /// The bytes of a line, from 1, without its break; empty for a line that does not exist.
    package func line(_ number: Int) -> ArraySlice<UInt8> {
        guard lineStarts.indices.contains(number - 1) else { return [] }
        let start = number == 1 ? contentStart : lineStarts[number - 1]
        let rest = bytes[start...]
        return rest.prefix { $0 != lineFeed && $0 != carriageReturn }
    }

    /// Behind the byte order mark, if there is one.
    package var contentStart: Int {
        bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    }

    /// Counts UTF-8 lead bytes: a column is a character, not a byte.
    private func characters(from start: Int, to end: Int) -> Int {
        guard start < end else { return 0 }
        return bytes[start..<end].reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
    }

    /// YAML 1.2 §5.4: a line ends with LF, CR or both.
    private static func lineStarts(of bytes: [UInt8]) -> [Int] {
        var starts = [0]
        for (offset, byte) in bytes.enumerated() {
            let isPair =
                byte == carriageReturn && offset + 1 < bytes.count
                && bytes[offset + 1] == lineFeed
            if byte == lineFeed || (byte == carriageReturn && !isPair) { starts.append(offset + 1) }
        }
        return starts
    }
}

/// A line and a column, both from 1; a column is a Unicode scalar.
package struct SourcePlace: Hashable, Comparable, Sendable {
    package let line: Int
    package let column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    /// The order in which a reader meets them.
    package static func < (left: SourcePlace, right: SourcePlace) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}

private let lineFeed = UInt8(ascii: "\n")
private let carriageReturn = UInt8(ascii: "\r")
