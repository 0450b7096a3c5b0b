/// Plain scalars (YAML 1.2.2 §7.3.3).
extension YAMLReader {
    /// Reads a plain scalar, with its further lines if it is no key.
    mutating func plainScalar(below parent: Int, inFlow: Bool) throws(YAMLError) -> YAMLScalar {
        let start = position
        let isAlone = bytes[lineStart..<start].allSatisfy { $0 == UInt8(ascii: " ") }
        let level = isAlone ? column : -1
        let first = try plainLine(inFlow: inFlow)
        guard isAtPlainBreak else { return first }
        var builder = YAMLScalarBuilder()
        builder.append(bytes[start..<position])
        var lines = 1
        while isAtPlainBreak {
            let end = (position, lineStart)
            skipBlanks()
            let (breaks, belongs) = try skipFold(below: parent)
            guard belongs, !isAtComment, !(inFlow && isFlowIndicator(current)),
                !(inFlow && isAtIndicator(":"))
            else {
                (position, lineStart) = end
                break
            }
            let isAligned = position - lineStart == level
            builder.append(foldedBreaks(breaks), for: end.0)
            builder.append(try plainRest(inFlow: inFlow))
            lines += 1
            if !inFlow, isAtColon {
                // Below a line of its own a key shows that the line above should be one.
                guard isAligned else { throw YAMLError(fault: .nestedInline, offset: position) }
                throw YAMLError(fault: .missingColon(first.text), offset: start)
            }
        }
        return lines == 1 ? first : builder.scalar(.plain, at: start)
    }

    /// §6.5: a single break is a space, of several all but the first are kept.
    func foldedBreaks(_ count: Int) -> [UInt8] {
        count == 1 ? [UInt8(ascii: " ")] : Array(repeating: UInt8(ascii: "\n"), count: count - 1)
    }

    /// Reads what of a plain scalar stands on its first line.
    mutating func plainLine(inFlow: Bool) throws(YAMLError) -> YAMLScalar {
        let start = position
        try checkFirst(inFlow: inFlow)
        let text = String(decoding: try plainRest(inFlow: inFlow), as: UTF8.self)
        return YAMLScalar(text: text, style: .plain, sourceStart: start)
    }

    /// At the end of a line, blanks not counted, so that the scalar may go on below.
    private var isAtPlainBreak: Bool {
        var offset = position
        while isBlank(byte(at: offset)) { offset += 1 }
        return isBreak(byte(at: offset))
    }

    /// `position` is behind the text; blanks may stand before the colon.
    private var isAtColon: Bool {
        var offset = position
        while isBlank(byte(at: offset)) { offset += 1 }
        return byte(at: offset) == UInt8(ascii: ":") && isSpace(byte(at: offset + 1))
    }

    /// `ns-plain-first`: no indicator, except `-`, `?`, `:` with text right behind them.
    private func checkFirst(inFlow: Bool) throws(YAMLError) {
        guard let first = current else { return }
        let next = byte(at: position + 1)
        let isFollowed = !isSpace(next) && !(inFlow && isFlowIndicator(next))
        switch Unicode.Scalar(first) {
        case ":" where !isFollowed: throw YAMLError(fault: .emptyKey, offset: position)
        case "-" where !isFollowed, "?" where !isFollowed:
            throw YAMLError(fault: .reserved(Character(Unicode.Scalar(first))), offset: position)
        case "]", "}":
            let bracket = Character(Unicode.Scalar(first))
            throw YAMLError(fault: .strayBracket(bracket), offset: position)
        case ",", "#", "|", ">", "%", "@", "`", "&", "*", "!", "\"", "'", "[", "{":
            throw YAMLError(fault: .reserved(Character(Unicode.Scalar(first))), offset: position)
        default: return
        }
    }

    /// The plain text from `position` to what ends it on this line; trailing blanks are left.
    private mutating func plainRest(inFlow: Bool) throws(YAMLError) -> ArraySlice<UInt8> {
        let start = position
        var end = position
        var offset = position
        scan: while let byte = byte(at: offset), !isBreak(byte) {
            switch Unicode.Scalar(byte) {
            case ":":
                let next = self.byte(at: offset + 1)
                if isSpace(next) || (inFlow && isFlowIndicator(next)) { break scan }
            case "#" where offset > start && isBlank(bytes[offset - 1]): break scan
            case ",", "[", "]", "{", "}":
                if inFlow { break scan }
            default: break
            }
            offset += 1
            if !isBlank(byte) { end = offset }
        }
        position = end
        return bytes[start..<end]
    }
}
