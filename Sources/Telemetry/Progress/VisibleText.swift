/// Text from outside, made harmless and measured for a terminal.
package enum VisibleText {
    /// One line that cannot move the cursor, change colours or the direction of reading.
    ///
    /// Escape sequences (ECMA-48) go as a whole. Of a line that overwrites itself (`10%\r20%`)
    /// the last state stays, as a terminal would show it. Tabs become spaces; other control
    /// characters U+FFFD; invisible format characters, above all the bidirectional overrides,
    /// go, but for the two joiners that scripts and emoji need.
    package static func clean(_ text: String) -> String {
        guard !text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) else { return text }
        var output = String.UnicodeScalarView()
        var escapes = EscapeSequences(lastState(of: Array(text.unicodeScalars)))
        var column = 0
        while let scalar = escapes.next() {
            var visible = scalar
            switch scalar.value {
            case 0x09:
                let spaces = String(repeating: " ", count: 8 - column % 8)
                output.append(contentsOf: spaces.unicodeScalars)
                column += spaces.utf8.count
                continue
            case 0x0a, 0x2028, 0x2029: visible = " "
            case 0x00..<0x20, 0x7f..<0xa0: visible = "\u{fffd}"
            case 0x200c, 0x200d: break
            default:
                if scalar.properties.generalCategory == .format { continue }
            }
            output.append(visible)
            column += columns(of: visible)
        }
        return String(output)
    }

    /// Several lines, each cleaned, as many as anybody reads.
    package static func cleanLines(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).prefix(1_000)
            .map { clean(String($0)) }.joined(separator: "\n")
    }

    /// The columns that the text takes; where terminals differ, the larger number.
    package static func width(_ text: String) -> Int {
        guard !text.utf8.allSatisfy({ $0 < 0x80 }) else { return text.utf8.count }
        var width = 0
        var last = 0
        for scalar in text.unicodeScalars {
            // U+FE0F asks for the coloured, wide form of a narrow character.
            if scalar.value == 0xfe0f {
                if last == 1 { width += 1 }
                last = 0
                continue
            }
            last = columns(of: scalar)
            width += last
        }
        return width
    }

    /// The text if it fits, else its beginning and the ellipsis; whole characters only.
    package static func truncated(_ text: String, to columns: Int, ellipsis: String) -> String {
        guard width(text) > columns else { return text }
        let room = columns - width(ellipsis)
        guard room >= 0 else { return String(repeating: ".", count: max(0, columns)) }
        var kept = ""
        var used = 0
        for character in text {
            let next = width(String(character))
            guard used + next <= room else { break }
            kept.append(character)
            used += next
        }
        return kept + ellipsis
    }

    /// What stays to be seen of a line with carriage returns in it.
    private static func lastState(of scalars: [Unicode.Scalar]) -> ArraySlice<Unicode.Scalar> {
        var slice = scalars[...]
        while slice.last == "\r" { slice.removeLast() }
        guard let last = slice.lastIndex(of: "\r") else { return slice }
        return slice[(last + 1)...]
    }

    private static func columns(of scalar: Unicode.Scalar) -> Int {
        if scalar.value < 0x300 { return 1 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: break
        }
        // Hangul vowels and finals join the leading consonant.
        if (0x1160...0x11ff).contains(scalar.value) { return 0 }
        if scalar.properties.isEmojiPresentation { return 2 }
        return wide.contains { $0.contains(scalar.value) } ? 2 : 1
    }

    /// East Asian Width W and F (UAX #11), in blocks: what is unassigned in them counts as wide.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115f, 0x2329...0x232a, 0x2e80...0x303e, 0x3041...0x4dbf, 0x4dc0...0x9fff,
        0xa000...0xa4cf, 0xa960...0xa97f, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe10...0xfe19,
        0xfe30...0xfe6f, 0xff01...0xff60, 0xffe0...0xffe6, 0x16fe0...0x18dff, 0x1aff0...0x1b2ff,
        0x1d300...0x1d37f, 0x1f200...0x1f64f, 0x1f680...0x1f6ff, 0x1f900...0x1faff,
        0x20000...0x3fffd,
    ]
}

/// The scalars of a text without its escape sequences.
private struct EscapeSequences {
    private var rest: ArraySlice<Unicode.Scalar>

    init(_ text: ArraySlice<Unicode.Scalar>) {
        rest = text
    }

    mutating func next() -> Unicode.Scalar? {
        while let scalar = rest.popFirst() {
            guard scalar == "\u{1b}" else { return scalar }
            skipSequence()
        }
        return nil
    }

    private mutating func skipSequence() {
        switch rest.first {
        case "[":
            rest.removeFirst()
            skip { (0x20...0x3f).contains($0) }
            if let final = rest.first, (0x40...0x7e).contains(final.value) { rest.removeFirst() }
        case "]", "P", "X", "^", "_":
            rest.removeFirst()
            skipString()
        default:
            skip { (0x20...0x2f).contains($0) }
            if let final = rest.first, (0x30...0x7e).contains(final.value) { rest.removeFirst() }
        }
    }

    private mutating func skip(while matches: (UInt32) -> Bool) {
        while let scalar = rest.first, matches(scalar.value) { rest.removeFirst() }
    }

    /// Passes over a control string, to BEL or ST.
    ///
    /// Without either, the string is shown: evidence must not vanish.
    private mutating func skipString() {
        let end = rest.firstIndex { $0 == "\u{07}" || $0 == "\u{1b}" }
        guard let end else { return }
        let isTerminated =
            rest[end] == "\u{07}" || rest.dropFirst(end - rest.startIndex + 1).first == "\\"
        guard isTerminated else { return }
        rest = rest[(rest[end] == "\u{07}" ? end + 1 : end + 2)...]
    }
}
