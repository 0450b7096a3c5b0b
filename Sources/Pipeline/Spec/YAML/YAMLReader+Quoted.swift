/// Single- and double-quoted scalars (YAML 1.2.2 §7.3.1, §7.3.2).
extension YAMLReader {
    mutating func quotedScalar(below parent: Int) throws(YAMLError) -> YAMLScalar {
        let start = position
        let quote = bytes[position]
        let isDouble = quote == UInt8(ascii: "\"")
        var builder = YAMLScalarBuilder()
        position += 1
        var from = position
        while let byte = current {
            if byte == quote {
                builder.append(bytes[from..<position])
                position += 1
                guard !isDouble, current == quote else {
                    return builder.scalar(isDouble ? .doubleQuoted : .singleQuoted, at: start)
                }
                // '' is one quotation mark: the second begins the next stretch.
                from = position
                position += 1
            } else if isDouble, byte == UInt8(ascii: "\\") {
                builder.append(bytes[from..<position])
                try escape(into: &builder, below: parent, opening: start)
                from = position
            } else if isBreak(byte) {
                try fold(from, into: &builder, below: parent, opening: start)
                from = position
            } else {
                position += 1
            }
        }
        throw YAMLError(fault: .unclosedQuote, offset: start)
    }

    /// Steps over a line break inside quotes: the blanks around it go, the break becomes a space.
    private mutating func fold(
        _ from: Int,
        into builder: inout YAMLScalarBuilder,
        below parent: Int,
        opening: Int
    ) throws(YAMLError) {
        var end = position
        while end > from, isBlank(bytes[end - 1]) { end -= 1 }
        builder.append(bytes[from..<end])
        let breaks = try quotedFold(below: parent, opening: opening)
        builder.append(foldedBreaks(breaks), for: end)
    }

    private mutating func quotedFold(below parent: Int, opening: Int) throws(YAMLError) -> Int {
        let (breaks, belongs) = try skipFold(below: parent)
        guard belongs else { throw YAMLError(fault: .unclosedQuote, offset: opening) }
        return breaks
    }

    /// Reads an escape (§5.7); `position` is at the backslash.
    private mutating func escape(
        into builder: inout YAMLScalarBuilder,
        below parent: Int,
        opening: Int
    ) throws(YAMLError) {
        let start = position
        position += 1
        guard let byte = current else { throw YAMLError(fault: .unclosedQuote, offset: opening) }
        if isBreak(byte) {
            // An escaped break joins the lines; further empty lines are kept.
            let breaks = try quotedFold(below: parent, opening: opening)
            builder.append(Array(repeating: UInt8(ascii: "\n"), count: breaks - 1), for: start)
            return
        }
        if let digits = YAMLReader.codePointDigits[Unicode.Scalar(byte)] {
            position += 1
            let scalar = try codePoint(digits: digits, start: start)
            builder.append(String(Character(scalar)).utf8, for: start)
            return
        }
        guard let text = YAMLReader.escapes[Unicode.Scalar(byte)] else {
            var end = position + 1
            while let byte = self.byte(at: end), byte & 0xC0 == 0x80 { end += 1 }
            let shown = String(decoding: bytes[start..<end], as: UTF8.self)
            throw YAMLError(fault: .unknownEscape(shown), offset: start)
        }
        position += 1
        if text == "\0" { throw YAMLError(fault: .nulCharacter, offset: start) }
        builder.append(text.utf8, for: start)
    }

    private static let codePointDigits: [Unicode.Scalar: Int] = ["x": 2, "u": 4, "U": 8]

    private static let escapes: [Unicode.Scalar: String] = [
        "0": "\0", "a": "\u{07}", "b": "\u{08}", "t": "\t", "\t": "\t", "n": "\n", "v": "\u{0B}",
        "f": "\u{0C}", "r": "\r", "e": "\u{1B}", " ": " ", "\"": "\"", "/": "/", "\\": "\\",
        "N": "\u{85}", "_": "\u{A0}", "L": "\u{2028}", "P": "\u{2029}",
    ]

    private mutating func codePoint(digits: Int, start: Int) throws(YAMLError) -> Unicode.Scalar {
        var value = try hexadecimal(digits: digits, start: start)
        // JSON (RFC 8259 §7) writes characters beyond U+FFFF as two surrogates.
        if digits == 4, (0xD800..<0xDC00).contains(value), current == UInt8(ascii: "\\"),
            byte(at: position + 1) == UInt8(ascii: "u")
        {
            position += 2
            let low = try hexadecimal(digits: 4, start: start)
            guard (0xDC00..<0xE000).contains(low) else {
                throw YAMLError(fault: .badCodePoint, offset: start)
            }
            value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
        }
        if value == 0 { throw YAMLError(fault: .nulCharacter, offset: start) }
        guard let scalar = Unicode.Scalar(value) else {
            throw YAMLError(fault: .badCodePoint, offset: start)
        }
        return scalar
    }

    private mutating func hexadecimal(digits: Int, start: Int) throws(YAMLError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<digits {
            guard let byte = current,
                let digit = Character(Unicode.Scalar(byte)).hexDigitValue,
                byte < 0x80
            else { throw YAMLError(fault: .badCodePoint, offset: start) }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }
}
