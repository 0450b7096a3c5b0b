package import Pipeline

/// Reads what an attempt left in `WEIR_OUTPUT`: `key=value` lines, and `key<<WORD` followed by
/// lines up to one that is `WORD`.
package enum OutputFile {
    /// As much as the largest legal set of outputs needs.
    package static let bytesMax = Limits.outputKeys * (Limits.outputValueBytes + 256)

    /// Later values of a key replace earlier ones.
    ///
    /// - Parameters:
    ///   - bytes: The whole file.
    ///   - mask: Applied to every value before anyone else sees it.
    /// - Returns: The outputs in order, or the first fault in plain words.
    package static func parse(
        _ bytes: [UInt8],
        mask: SecretMask
    ) -> (outputs: [AttemptReport.Output], fault: String?) {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            return ([], "the outputs are not UTF-8")
        }
        var parser = OutputParser(
            lines: text.split(separator: "\n", omittingEmptySubsequences: false)
        )
        do {
            let pairs = try parser.pairs()
            return (pairs.map { .init(key: $0.0, value: mask.masked($0.1)) }, nil)
        } catch {
            return ([], error.text)
        }
    }
}

private struct OutputFault: Error {
    var text: String
}

private struct OutputParser {
    var lines: [Substring]
    var position = 0
    var order: [String] = []
    var values: [String: String] = [:]

    mutating func pairs() throws(OutputFault) -> [(String, String)] {
        while position < lines.count {
            let line = lines[position]
            position += 1
            if !line.isEmpty { try read(line) }
        }
        return order.map { ($0, values[$0] ?? "") }
    }

    private mutating func read(_ line: Substring) throws(OutputFault) {
        let keyEnd = line.firstIndex { !isKeyCharacter($0) } ?? line.endIndex
        let key = String(line[..<keyEnd])
        let rest = line[keyEnd...]
        guard !key.isEmpty, key.first?.isNumber == false, key.utf8.count <= 128 else {
            throw OutputFault(text: "line \(position): `\(line.prefix(40))` is not `key=value`")
        }
        if rest.hasPrefix("=") {
            try set(key, String(rest.dropFirst()))
        } else if rest.hasPrefix("<<"), rest.count > 2 {
            try set(key, try block(endingWith: rest.dropFirst(2), key))
        } else {
            throw OutputFault(text: "line \(position): `\(line.prefix(40))` is not `key=value`")
        }
    }

    private mutating func block(
        endingWith word: Substring,
        _ key: String
    ) throws(OutputFault) -> String {
        let start = position
        while position < lines.count {
            if lines[position] == word {
                position += 1
                return lines[start..<(position - 1)].joined(separator: "\n")
            }
            position += 1
        }
        throw OutputFault(text: "output `\(key)` has no line `\(word)` that ends it")
    }

    private mutating func set(_ key: String, _ value: String) throws(OutputFault) {
        guard value.utf8.count <= Limits.outputValueBytes else {
            let limit = Limits.outputValueBytes >> 10
            throw OutputFault(text: "output `\(key)` is larger than \(limit) KiB; use WEIR_DIR")
        }
        if values.updateValue(value, forKey: key) == nil { order.append(key) }
        guard order.count <= Limits.outputKeys else {
            throw OutputFault(text: "more than \(Limits.outputKeys) outputs")
        }
    }

    private func isKeyCharacter(_ character: Character) -> Bool {
        character.isASCII
            && (character.isLetter || character.isNumber || character == "_" || character == "-")
    }
}
