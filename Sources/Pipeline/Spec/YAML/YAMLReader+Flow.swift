/// Flow collections (YAML 1.2.2 §7.4) and node properties.
extension YAMLReader {
    /// The collection at `position`; its lines must be indented deeper than `parent`.
    mutating func flowCollection(below parent: Int) throws(YAMLError) -> YAMLNode {
        let start = position
        let isSequence = current == UInt8(ascii: "[")
        return try nested { reader throws(YAMLError) in
            reader.position += 1
            let content: YAMLNode.Content =
                isSequence
                ? .sequence(try reader.flowItems(below: parent, opening: start))
                : .mapping(try reader.flowEntries(below: parent, opening: start))
            return YAMLNode(offset: start, content: content)
        }
    }

    private mutating func flowItems(
        below parent: Int,
        opening: Int
    ) throws(YAMLError) -> [YAMLNode] {
        var items: [YAMLNode] = []
        while try !isAtClose(of: "]", below: parent, opening: opening) {
            let start = position
            let item = try flowNode(below: parent)
            try skipFlowSpace(below: parent, opening: opening)
            if isAtFlowColon(after: item) {
                // §7.4.1: `[a: b]` is a list of one map with one pair.
                let key = try flowKey(item)
                let value = try flowValue(below: parent, opening: opening)
                var entries = YAMLEntries()
                add(key, at: start, value, to: &entries)
                items.append(YAMLNode(offset: start, content: .mapping(entries.all)))
            } else {
                items.append(item)
            }
            try separateFlowEntries(close: "]", below: parent, opening: opening)
        }
        return items
    }

    private mutating func flowEntries(
        below parent: Int,
        opening: Int
    ) throws(YAMLError) -> [YAMLEntry] {
        var entries = YAMLEntries()
        while try !isAtClose(of: "}", below: parent, opening: opening) {
            let start = position
            let item = try flowNode(below: parent)
            try skipFlowSpace(below: parent, opening: opening)
            let key = try flowKey(item)
            let value =
                isAtFlowColon(after: item)
                ? try flowValue(below: parent, opening: opening)
                : YAMLNode(offset: position, content: .scalar(emptyScalar(at: position)))
            add(key, at: start, value, to: &entries)
            try separateFlowEntries(close: "}", below: parent, opening: opening)
        }
        return entries.all
    }

    /// Steps over the closing bracket if it is next.
    private mutating func isAtClose(
        of bracket: Character,
        below parent: Int,
        opening: Int
    ) throws(YAMLError) -> Bool {
        try skipFlowSpace(below: parent, opening: opening)
        switch current {
        case UInt8(ascii: ","): throw YAMLError(fault: .strayComma, offset: position)
        case bracket.asciiValue:
            position += 1
            return true
        default: return false
        }
    }

    private mutating func separateFlowEntries(
        close: Character,
        below parent: Int,
        opening: Int
    ) throws(YAMLError) {
        try skipFlowSpace(below: parent, opening: opening)
        if current == UInt8(ascii: ",") {
            position += 1
        } else if current != close.asciiValue {
            throw YAMLError(fault: .missingComma, offset: position)
        }
    }

    private mutating func flowNode(below parent: Int) throws(YAMLError) -> YAMLNode {
        let start = position
        try skipProperties()
        switch current {
        case UInt8(ascii: "["), UInt8(ascii: "{"):
            return try flowCollection(below: parent)
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            return YAMLNode(offset: start, content: .scalar(try quotedScalar(below: parent)))
        case UInt8(ascii: "*"):
            skipAlias()
            return YAMLNode(offset: start, content: .unreadable)
        case UInt8(ascii: "|"), UInt8(ascii: ">"):
            throw YAMLError(fault: .blockScalarInFlow, offset: position)
        case UInt8(ascii: "?") where isSpace(byte(at: position + 1)):
            throw YAMLError(fault: .complexKey, offset: position)
        case UInt8(ascii: ":") where isSpace(byte(at: position + 1)):
            throw YAMLError(fault: .emptyKey, offset: position)
        case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"):
            // Only a refused property can stand before these.
            return YAMLNode(offset: start, content: .unreadable)
        default:
            return YAMLNode(
                offset: start,
                content: .scalar(try plainScalar(below: parent, inFlow: true))
            )
        }
    }

    /// §7.4.2: behind a quoted text or a collection the colon needs no space after it.
    private func isAtFlowColon(after item: YAMLNode) -> Bool {
        guard current == UInt8(ascii: ":") else { return false }
        if case .scalar(let scalar) = item.content, scalar.style == .plain {
            return isSpace(byte(at: position + 1)) || isFlowIndicator(byte(at: position + 1))
        }
        return true
    }

    private func flowKey(_ item: YAMLNode) throws(YAMLError) -> YAMLScalar? {
        switch item.content {
        case .scalar(let scalar): return scalar
        case .unreadable: return nil
        case .sequence, .mapping: throw YAMLError(fault: .complexKey, offset: item.offset)
        }
    }

    /// What follows the colon at `position`: a node, or nothing before `,` or a closing bracket.
    private mutating func flowValue(below parent: Int, opening: Int) throws(YAMLError) -> YAMLNode {
        position += 1
        try skipFlowSpace(below: parent, opening: opening)
        switch current {
        case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"):
            return YAMLNode(offset: position, content: .scalar(emptyScalar(at: position)))
        default:
            return try flowNode(below: parent)
        }
    }

    func isFlowIndicator(_ byte: UInt8?) -> Bool {
        switch byte {
        case UInt8(ascii: ","), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "{"),
            UInt8(ascii: "}"):
            true
        default: false
        }
    }

    /// Steps over blanks, comments and lines inside brackets.
    ///
    /// A line that is not indented deeper
    /// than `parent` means that the bracket was forgotten; only a closing one may stand there.
    private mutating func skipFlowSpace(below parent: Int, opening: Int) throws(YAMLError) {
        let unclosed = YAMLError(
            fault: .unclosedBracket(bytes[opening] == UInt8(ascii: "[") ? "[" : "{"),
            offset: opening
        )
        while true {
            let isFresh = position == lineStart
            skipSpaces()
            let indentation = column
            let firstTab = position
            let sawTab = skipBlanks()
            if isAtComment { skipToLineEnd() }
            guard !isAtEnd else { throw unclosed }
            if isBreak(current) {
                skipBreak()
                continue
            }
            guard isFresh else { return }
            if sawTab, indentation <= parent {
                throw YAMLError(fault: .tabInIndentation, offset: firstTab)
            }
            let isClose = current == UInt8(ascii: "]") || current == UInt8(ascii: "}")
            if isAtDocumentMarker || indentation < parent || (indentation == parent && !isClose) {
                throw unclosed
            }
            return
        }
    }

    /// Steps over an alias and records it.
    mutating func skipAlias() {
        let start = position
        let name = skipName()
        record(.alias(name), at: start)
    }

    /// Steps over anchors and tags and records them.
    ///
    /// - Returns: whether there was one.
    @discardableResult
    mutating func skipProperties() throws(YAMLError) -> Bool {
        var found = false
        while current == UInt8(ascii: "&") || current == UInt8(ascii: "!") {
            let start = position
            let isAnchor = current == UInt8(ascii: "&")
            let name = skipName()
            record(isAnchor ? .anchor(name) : .tag("!" + name), at: start)
            skipBlanks()
            found = true
        }
        return found
    }

    /// Steps over an indicator and the name that follows it.
    private mutating func skipName() -> String {
        position += 1
        let start = position
        while !isSpace(current), !isFlowIndicator(current) { position += 1 }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }
}
