/// What stands between tokens: blanks, comments, line breaks, indentation.
extension YAMLReader {
    var isAtEnd: Bool { position >= bytes.count }

    var current: UInt8? { byte(at: position) }

    var column: Int { position - lineStart }

    func byte(at offset: Int) -> UInt8? {
        offset < bytes.count ? bytes[offset] : nil
    }

    func isBlank(_ byte: UInt8?) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
    }

    func isBreak(_ byte: UInt8?) -> Bool {
        byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
    }

    /// A blank, a line break or the end: what must follow an indicator.
    func isSpace(_ byte: UInt8?) -> Bool {
        byte == nil || isBlank(byte) || isBreak(byte)
    }

    var isAtLineEnd: Bool { isAtEnd || isBreak(current) }

    /// §6.6: a comment is separated from what stands before it.
    var isAtComment: Bool {
        current == UInt8(ascii: "#")
            && (position == lineStart || isBlank(byte(at: position - 1)))
    }

    /// `---` or `...` at the beginning of a line.
    func isAtDocumentMarker(_ mark: UInt8) -> Bool {
        column == 0 && byte(at: position) == mark && byte(at: position + 1) == mark
            && byte(at: position + 2) == mark && isSpace(byte(at: position + 3))
    }

    var isAtDocumentMarker: Bool {
        isAtDocumentMarker(UInt8(ascii: "-")) || isAtDocumentMarker(UInt8(ascii: "."))
    }

    /// - Returns: whether a tab was among the blanks.
    @discardableResult
    mutating func skipBlanks() -> Bool {
        var sawTab = false
        while isBlank(current) {
            if current == UInt8(ascii: "\t") { sawTab = true }
            position += 1
        }
        return sawTab
    }

    mutating func skipSpaces() {
        while current == UInt8(ascii: " ") { position += 1 }
    }

    mutating func skipToLineEnd() {
        while !isAtLineEnd { position += 1 }
    }

    /// Steps over one line break: LF, CR or both.
    mutating func skipBreak() {
        guard let byte = current, isBreak(byte) else { return }
        position += 1
        if byte == UInt8(ascii: "\r"), current == UInt8(ascii: "\n") { position += 1 }
        lineStart = position
    }

    mutating func skipLine() {
        skipToLineEnd()
        skipBreak()
    }

    /// Steps over what may stand between block nodes, up to the next token or the end.
    mutating func skipToContent() throws(YAMLError) {
        while !isAtEnd {
            let isFresh = position == lineStart
            skipSpaces()
            let firstTab = isFresh && current == UInt8(ascii: "\t") ? position : nil
            skipBlanks()
            if isAtComment { skipToLineEnd() }
            guard isAtLineEnd else {
                if let firstTab { throw YAMLError(fault: .tabInIndentation, offset: firstTab) }
                return
            }
            skipBreak()
        }
    }

    /// Nothing but a comment may follow a value on its line.
    mutating func finishLine() throws(YAMLError) {
        skipBlanks()
        if isAtComment { skipToLineEnd() }
        guard !isAtLineEnd else { return }
        switch current {
        case UInt8(ascii: "]"): throw YAMLError(fault: .strayBracket("]"), offset: position)
        case UInt8(ascii: "}"): throw YAMLError(fault: .strayBracket("}"), offset: position)
        default: throw YAMLError(fault: .contentAfterValue, offset: position)
        }
    }

    /// Steps over the line breaks inside a scalar of several lines and over the indentation of its
    /// next line.
    ///
    /// - Returns: how many breaks there were, and whether the next line is indented deeper than
    ///   `parent`; a line that begins a document never is.
    mutating func skipFold(below parent: Int) throws(YAMLError) -> (breaks: Int, belongs: Bool) {
        var breaks = 0
        while isBreak(current) {
            skipBreak()
            breaks += 1
            skipSpaces()
            let indentation = column
            let firstTab = position
            let sawTab = skipBlanks()
            guard !isBreak(current) else { continue }
            if sawTab, indentation <= parent, !isAtEnd {
                throw YAMLError(fault: .tabInIndentation, offset: firstTab)
            }
            return (breaks, !isAtEnd && indentation > parent && !isAtDocumentMarker)
        }
        return (breaks, false)
    }
}
