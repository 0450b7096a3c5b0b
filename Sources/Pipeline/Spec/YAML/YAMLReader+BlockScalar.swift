/// Literal and folded block scalars (YAML 1.2.2 §8.1).
extension YAMLReader {
    private enum Chomping {
        case strip
        case clip
        case keep
    }

    /// Reads from the `|` or `>` to the beginning of the first line that is no part of the text.
    mutating func blockScalar(below parent: Int) throws(YAMLError) -> YAMLScalar {
        let start = position
        let isFolded = bytes[position] == UInt8(ascii: ">")
        let (chomping, indicator) = try blockScalarHeader()
        // Without a level above, the text may begin in the first column.
        let minimum = max(parent + 1, 0)
        let level: Int
        if let indicator {
            level = max(parent, 0) + indicator
        } else {
            level = try detectIndentation(minimum: minimum)
        }
        var text = BlockText(isFolded: isFolded)
        while !isAtEnd {
            let line = position
            skipSpaces(upTo: level)
            if isBreak(current) {
                text.addEmptyLine(at: position)
                skipBreak()
                continue
            }
            if isAtEnd { break }
            guard column >= level, !(level == 0 && isAtDocumentMarker) else {
                position = line
                break
            }
            let content = position
            skipToLineEnd()
            text.addLine(bytes[content..<position], endsInBreak: !isAtEnd)
            skipBreak()
        }
        return text.scalar(
            start: start,
            keepsLast: chomping != .strip,
            keepsAll: chomping == .keep
        )
    }

    private mutating func skipSpaces(upTo level: Int) {
        while current == UInt8(ascii: " "), column < level { position += 1 }
    }

    /// `c-b-block-header`: an indentation digit and a chomping sign, in either order.
    private mutating func blockScalarHeader() throws(YAMLError) -> (Chomping, Int?) {
        position += 1
        var chomping: Chomping?
        var indentation: Int?
        while let byte = current, !isSpace(byte) {
            switch byte {
            case UInt8(ascii: "-") where chomping == nil: chomping = .strip
            case UInt8(ascii: "+") where chomping == nil: chomping = .keep
            case UInt8(ascii: "1")...UInt8(ascii: "9") where indentation == nil:
                indentation = Int(byte - UInt8(ascii: "0"))
            default: throw YAMLError(fault: .blockScalarHeader, offset: position)
            }
            position += 1
        }
        skipBlanks()
        if isAtComment { skipToLineEnd() }
        guard isAtLineEnd else { throw YAMLError(fault: .blockScalarHeader, offset: position) }
        skipBreak()
        return (chomping ?? .clip, indentation)
    }

    /// The indentation of the first line that is not empty; nothing is consumed.
    ///
    /// §8.1.1.1: empty lines before it may not be deeper.
    private func detectIndentation(minimum: Int) throws(YAMLError) -> Int {
        var ahead = self
        var deepest = (column: 0, offset: position)
        while true {
            ahead.skipSpaces()
            if ahead.isAtLineEnd {
                if ahead.column > deepest.column { deepest = (ahead.column, ahead.position) }
                if ahead.isAtEnd { return max(minimum, deepest.column) }
                ahead.skipBreak()
                continue
            }
            let level = ahead.column
            if level < minimum { return max(minimum, deepest.column) }
            if deepest.column > level {
                throw YAMLError(fault: .blockScalarIndentation, offset: deepest.offset)
            }
            return level
        }
    }
}

/// The text of a block scalar as its lines come.
private struct BlockText {
    let isFolded: Bool
    private var builder = YAMLScalarBuilder()
    /// The break behind the last line, not yet known to be kept.
    private var pendingBreak: Int?
    private var emptyLines: [Int] = []
    private var isAfterSpaced = false

    init(isFolded: Bool) {
        self.isFolded = isFolded
    }

    mutating func addEmptyLine(at offset: Int) {
        emptyLines.append(offset)
    }

    mutating func addLine(_ line: ArraySlice<UInt8>, endsInBreak: Bool) {
        // §8.1.3: lines that begin with a blank are not folded, nor are the breaks around them.
        let isSpaced = line.first == UInt8(ascii: " ") || line.first == UInt8(ascii: "\t")
        if isFolded, let offset = pendingBreak, !isAfterSpaced, !isSpaced {
            if emptyLines.isEmpty { builder.append([UInt8(ascii: " ")], for: offset) }
        } else if let offset = pendingBreak {
            builder.append([lineFeed], for: offset)
        }
        for offset in emptyLines { builder.append([lineFeed], for: offset) }
        emptyLines.removeAll(keepingCapacity: true)
        builder.append(line)
        isAfterSpaced = isSpaced
        pendingBreak = endsInBreak ? line.endIndex : nil
    }

    /// §8.1.1.2: what becomes of the breaks at the end.
    mutating func scalar(start: Int, keepsLast: Bool, keepsAll: Bool) -> YAMLScalar {
        if keepsLast, let offset = pendingBreak { builder.append([lineFeed], for: offset) }
        if keepsAll { for offset in emptyLines { builder.append([lineFeed], for: offset) } }
        return builder.scalar(isFolded ? .folded : .literal, at: start)
    }
}

private let lineFeed = UInt8(ascii: "\n")
