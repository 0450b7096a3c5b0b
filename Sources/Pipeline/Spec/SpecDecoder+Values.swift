/// Single values: each method reads one type of the key table, or reports and gives `nil`.
extension SpecDecoder {
    mutating func mapping(_ node: YAMLNode, advice: String?) -> [YAMLEntry]? {
        if case .mapping(let entries) = node.content { return entries }
        mismatch(node, expected: "a map", advice: advice)
        return nil
    }

    mutating func sequence(_ node: YAMLNode, advice: String?) -> [YAMLNode]? {
        if case .sequence(let items) = node.content { return items }
        mismatch(node, expected: "a list", advice: advice)
        return nil
    }

    /// Any scalar but null, as written: `run: true` and `LEVEL: 1.10` mean these characters.
    mutating func scalar(_ node: YAMLNode, expected: String, advice: String? = nil) -> SpecText? {
        if case .scalar(let scalar) = node.content, scalar.value != .null {
            return SpecText(scalar: scalar, offset: node.offset)
        }
        mismatch(node, expected: expected, advice: advice)
        return nil
    }

    mutating func text(
        _ node: YAMLNode,
        of key: String,
        mayBeEmpty: Bool = false
    ) -> SpecText? {
        guard let text = scalar(node, expected: "a text") else { return nil }
        if !mayBeEmpty, text.text.utf8.allSatisfy({ $0 == 0x20 || $0 == 0x0A || $0 == 0x09 }) {
            report(.emptyText(key), at: node.offset)
            return nil
        }
        return text
    }

    mutating func boolean(_ node: YAMLNode) -> Bool? {
        if case .scalar(let scalar) = node.content, case .boolean(let value) = scalar.value {
            return value
        }
        mismatch(node, expected: "`true` or `false`", advice: nil)
        return nil
    }

    mutating func integer(_ node: YAMLNode, in range: ClosedRange<Int>) -> Int? {
        guard case .scalar(let scalar) = node.content, case .integer(let value) = scalar.value
        else {
            let expected = "an integer from \(range.lowerBound) to \(range.upperBound)"
            mismatch(node, expected: expected, advice: nil)
            return nil
        }
        guard let value = Int(exactly: value), range.contains(value) else {
            report(.outOfRange(scalar.text, range), at: node.offset)
            return nil
        }
        return value
    }

    mutating func number(_ node: YAMLNode) -> Placed<Double>? {
        if case .scalar(let scalar) = node.content {
            switch scalar.value {
            case .integer(let value): return Placed(value: Double(value), offset: node.offset)
            case .float(let value) where value.isFinite:
                return Placed(value: value, offset: node.offset)
            case .null, .boolean, .float, .text: break
            }
        }
        mismatch(node, expected: "a number", advice: nil)
        return nil
    }

    mutating func choice<Value: RawRepresentable & CaseIterable>(
        _ node: YAMLNode
    ) -> Placed<Value>? where Value.RawValue == String {
        let choices = Value.allCases.map(\.rawValue)
        guard let text = scalar(node, expected: "one of \(quotedList(choices))") else { return nil }
        guard let value = Value(rawValue: text.text) else {
            let suggestion = NameSuggestion.nearest(to: text.text, among: choices)
            report(.notAChoice(text.text, choices, suggestion: suggestion), at: node.offset)
            return nil
        }
        return Placed(value: value, offset: node.offset)
    }

    mutating func timeout(_ node: YAMLNode) -> Duration? {
        guard let text = scalar(node, expected: "a duration", advice: "write `90s` or `1h30m`"),
            let duration = duration(text.text, at: node.offset)
        else { return nil }
        guard duration > .zero else {
            report(.zeroDuration, at: node.offset)
            return nil
        }
        return duration
    }

    mutating func duration(_ text: String, at offset: Int) -> Duration? {
        do {
            return try DurationText.parse(text)
        } catch {
            report(.badDuration(text, error), at: offset)
            return nil
        }
    }

    /// One scalar or a list of them; each only once.
    mutating func oneOrMore(
        _ node: YAMLNode,
        of key: String,
        expected: String,
        mayBeSingle: Bool = true
    ) -> [SpecText] {
        var nodes = [node]
        if case .sequence(let items) = node.content {
            nodes = items
        } else if !mayBeSingle {
            mismatch(node, expected: "a list", advice: "write `\(key): [a, b]`")
            return []
        }
        var texts: [SpecText] = []
        var seen = SmallSet<String>()
        for node in nodes {
            guard let text = scalar(node, expected: expected) else { continue }
            if seen.insert(text.text) {
                texts.append(text)
            } else {
                report(.listedTwice(text.text), at: node.offset)
            }
        }
        return texts
    }

    mutating func mismatch(_ node: YAMLNode, expected: String, advice: String?) {
        guard let found = found(node) else { return }
        report(.expected(expected, found: found, advice: advice), at: node.offset)
    }

    /// What stands there, in words; `nil` for what the reader has refused already.
    private func found(_ node: YAMLNode) -> String? {
        switch node.content {
        case .unreadable: return nil
        case .sequence: return "a list"
        case .mapping: return "a map"
        case .scalar(let scalar):
            switch scalar.value {
            case .null: return "nothing"
            case .boolean: return "the boolean \(quoted(scalar.text))"
            case .integer: return "the integer \(quoted(scalar.text))"
            case .float: return "the number \(quoted(scalar.text))"
            case .text: return "the text \(quoted(scalar.text))"
            }
        }
    }
}
