/// Block collections (YAML 1.2.2 §8.2), and the choice of what a node is.
extension YAMLReader {
    /// What stands before a node on its line; it decides whether a collection may begin there.
    enum Placement {
        /// Nothing but indentation.
        case ownLine
        /// `- `: a compact collection may follow (§8.2.1).
        case dash
        /// `- ` with a tab: its width, and so the collection's level, would be a guess.
        case dashAndTab
        /// `key:`
        case key
        /// `---`
        case marker
    }

    /// Reads what follows an indicator, on its line or on the lines below; `parent` is the column
    /// that it must be indented deeper than.
    mutating func blockValue(
        below parent: Int,
        after placement: Placement
    ) throws(YAMLError) -> YAMLNode {
        let start = position
        let sawTab = skipBlanks()
        guard isAtLineEnd || isAtComment else {
            let isWideDash = placement == .dash && sawTab
            return try blockNode(below: parent, placement: isWideDash ? .dashAndTab : placement)
        }
        try skipToContent()
        // §8.2.1: a list may stand at the column of the key it belongs to.
        let isOutdentedList = placement == .key && column == parent && isAtIndicator("-")
        guard !isAtEnd, !isAtDocumentMarker, column > parent || isOutdentedList else {
            return YAMLNode(offset: start, content: .scalar(emptyScalar(at: start)))
        }
        return try blockNode(below: isOutdentedList ? parent - 1 : parent, placement: .ownLine)
    }

    func emptyScalar(at offset: Int) -> YAMLScalar {
        YAMLScalar(text: "", style: .plain, sourceStart: offset)
    }

    func isAtIndicator(_ indicator: Unicode.Scalar) -> Bool {
        current == UInt8(ascii: indicator) && isSpace(byte(at: position + 1))
    }

    /// Reads the node whose first byte is at `position`.
    mutating func blockNode(
        below parent: Int,
        placement: Placement
    ) throws(YAMLError) -> YAMLNode {
        let start = position
        let level = column
        if isAtIndicator("-") {
            try requirePlace(for: placement, at: start, else: .sequenceInline)
            return try nested { reader throws(YAMLError) in
                try reader.blockSequence(at: level, start: start)
            }
        }
        if isAtIndicator("?") { throw YAMLError(fault: .complexKey, offset: position) }
        if try skipProperties(), isAtLineEnd || isAtComment {
            return try blockValue(below: parent, after: placement == .key ? .key : .marker)
        }
        if current == UInt8(ascii: "|") || current == UInt8(ascii: ">") {
            let scalar = try blockScalar(below: parent)
            return YAMLNode(offset: start, content: .scalar(scalar))
        }
        let content = try inlineContent(below: parent)
        guard let colon = colonOfKey(content) else {
            try finishLine()
            return YAMLNode(offset: start, content: content)
        }
        if placement == .key || placement == .marker {
            throw YAMLError(fault: .nestedInline, offset: colon)
        }
        try requirePlace(for: placement, at: start, else: .nestedInline)
        let key = try key(content, from: start, colon: colon)
        return try nested { reader throws(YAMLError) in
            try reader.blockMapping(at: level, start: start, firstKey: key)
        }
    }

    private func requirePlace(
        for placement: Placement,
        at start: Int,
        else fault: YAMLFault
    ) throws(YAMLError) {
        switch placement {
        case .ownLine, .dash: return
        case .dashAndTab:
            let tab = bytes[lineStart..<start].firstIndex(of: UInt8(ascii: "\t")) ?? start
            throw YAMLError(fault: .tabInIndentation, offset: tab)
        case .key, .marker: throw YAMLError(fault: fault, offset: start)
        }
    }

    /// A scalar, an alias or a flow collection; a plain scalar may go on over the lines below.
    private mutating func inlineContent(below parent: Int) throws(YAMLError) -> YAMLNode.Content {
        switch current {
        case UInt8(ascii: "*"):
            skipAlias()
            return .unreadable
        case UInt8(ascii: "["), UInt8(ascii: "{"):
            return try flowCollection(below: parent).content
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            return .scalar(try quotedScalar(below: parent))
        default:
            return .scalar(try plainScalar(below: parent, inFlow: false))
        }
    }

    /// The offset of the colon that makes what was just read a key.
    private func colonOfKey(_ content: YAMLNode.Content) -> Int? {
        var offset = position
        while isBlank(byte(at: offset)) { offset += 1 }
        guard byte(at: offset) == UInt8(ascii: ":") else { return nil }
        // A plain scalar ends before a colon only if that is an indicator.
        return isSpace(byte(at: offset + 1)) ? offset : nil
    }

    /// Steps over the colon; the key's scalar, or `nil` if the key was refused and recorded.
    private mutating func key(
        _ content: YAMLNode.Content,
        from start: Int,
        colon: Int
    ) throws(YAMLError) -> YAMLScalar? {
        let end = position
        position = colon + 1
        switch content {
        case .scalar(let scalar):
            if start < lineStart { throw YAMLError(fault: .multilineKey, offset: start) }
            if end - start > Limits.specKeyBytes {
                throw YAMLError(fault: .longKey, offset: start)
            }
            return scalar
        case .unreadable: return nil
        case .sequence, .mapping: throw YAMLError(fault: .complexKey, offset: start)
        }
    }

    private mutating func blockSequence(
        at level: Int,
        start: Int
    ) throws(YAMLError) -> YAMLNode {
        var items: [YAMLNode] = []
        while column == level, isAtIndicator("-"), !isAtDocumentMarker {
            position += 1
            items.append(try blockValue(below: level, after: .dash))
            try skipToContent()
            if isAtEnd { break }
        }
        try requireOutdent(from: level)
        return YAMLNode(offset: start, content: .sequence(items))
    }

    private mutating func blockMapping(
        at level: Int,
        start: Int,
        firstKey: YAMLScalar?
    ) throws(YAMLError) -> YAMLNode {
        var entries = YAMLEntries()
        var key = firstKey
        var keyOffset = start
        while true {
            let value = try blockValue(below: level, after: .key)
            add(key, at: keyOffset, value, to: &entries)
            try skipToContent()
            guard !isAtEnd, column == level, !isAtDocumentMarker else { break }
            keyOffset = position
            key = try nextKey()
        }
        try requireOutdent(from: level)
        return YAMLNode(offset: start, content: .mapping(entries.all))
    }

    /// After a collection the next line must belong to one of the levels above it.
    private func requireOutdent(from level: Int) throws(YAMLError) {
        if !isAtEnd, column > level, !isAtDocumentMarker {
            throw YAMLError(fault: .badIndentation, offset: position)
        }
    }

    private mutating func nextKey() throws(YAMLError) -> YAMLScalar? {
        let start = position
        if isAtIndicator("-") { throw YAMLError(fault: .itemInMapping, offset: start) }
        if isAtIndicator("?") { throw YAMLError(fault: .complexKey, offset: start) }
        try skipProperties()
        let content: YAMLNode.Content
        switch current {
        case UInt8(ascii: "*"), UInt8(ascii: "["), UInt8(ascii: "{"), UInt8(ascii: "\""),
            UInt8(ascii: "'"):
            content = try inlineContent(below: -1)
        default:
            content = .scalar(try plainLine(inFlow: false))
        }
        guard let colon = colonOfKey(content) else {
            throw YAMLError(fault: missingColon(content), offset: start)
        }
        return try key(content, from: start, colon: colon)
    }

    private func missingColon(_ content: YAMLNode.Content) -> YAMLFault {
        guard case .scalar(let scalar) = content else { return .contentAfterDocument }
        let hasColon = scalar.style == .plain && scalar.text.utf8.contains(UInt8(ascii: ":"))
        return hasColon ? .missingSpaceAfterColon(scalar.text) : .missingColon(scalar.text)
    }

    /// Adds an entry, or records why it is refused.
    mutating func add(
        _ key: YAMLScalar?,
        at offset: Int,
        _ value: YAMLNode,
        to entries: inout YAMLEntries
    ) {
        guard let key else { return }
        if key.style == .plain, key.text == "<<" {
            record(.mergeKey, at: offset)
        } else if let first = entries.offset(of: key.text) {
            record(.duplicateKey(key.text, place(at: first)), at: offset)
        } else {
            entries.append(YAMLEntry(keyOffset: offset, key: key, value: value))
        }
    }
}

/// The entries of a mapping being read, with an index once there are many.
struct YAMLEntries {
    private(set) var all: [YAMLEntry] = []
    private var index: [String: Int] = [:]

    mutating func append(_ entry: YAMLEntry) {
        all.append(entry)
        if all.count == 9 {
            for entry in all { index[entry.key.text] = entry.keyOffset }
        } else if all.count > 9 {
            index[entry.key.text] = entry.keyOffset
        }
    }

    func offset(of key: String) -> Int? {
        guard all.count > 8 else { return all.first { $0.key.text == key }?.keyOffset }
        return index[key]
    }
}
