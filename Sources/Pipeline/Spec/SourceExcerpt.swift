/// A line of a file made fit for a terminal, and what to print before a caret under it.
struct SourceExcerpt {
    /// The line: long ones are cut around the caret, control characters are made visible, so that
    /// a file cannot speak to the terminal.
    let line: String
    /// As wide as what stands before the caret; tabs stay tabs, so that both lines are expanded
    /// alike.
    let pad: String

    /// A JSON file may be one line; this much of it is shown.
    private static let window = 100

    init(of source: SourceText, at place: SourcePlace) {
        let bytes = source.line(place.line)
        var scalars = String(decoding: bytes, as: UTF8.self).unicodeScalars[...]
        var before = place.column - 1
        var prefix = ""
        if before > SourceExcerpt.window * 2 / 3 {
            let cut = before - SourceExcerpt.window / 2
            scalars = scalars.dropFirst(cut)
            before -= cut
            prefix = "…"
        }
        let shown = scalars.prefix(SourceExcerpt.window)
        line = prefix + String(shown.map(visible)) + (shown.endIndex < scalars.endIndex ? "…" : "")
        var pad = String(repeating: " ", count: prefix.isEmpty ? 0 : 1)
        for scalar in shown.prefix(before) {
            pad += scalar == "\t" ? "\t" : String(repeating: " ", count: displayWidth(scalar))
        }
        self.pad = pad
    }
}

extension String {
    fileprivate init(_ scalars: [Unicode.Scalar]) {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        self.init(view)
    }
}

/// Control characters as their pictures (U+2400 …), all else as it is.
private func visible(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    switch scalar.value {
    case 0x09: scalar
    case 0x00..<0x20: Unicode.Scalar(0x2400 + scalar.value) ?? "?"
    case 0x7F: "\u{2421}"
    case 0x80..<0xA0, 0x202A...0x202E, 0x2066...0x2069, 0xFEFF: "\u{FFFD}"
    default: scalar
    }
}

/// The columns a terminal gives to a character: 0, 1 or 2 (Unicode TR 11, in outline).
private func displayWidth(_ scalar: Unicode.Scalar) -> Int {
    guard scalar.value >= 0x300 else { return 1 }
    switch visible(scalar).properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: break
    }
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF,
        0xA000...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
        0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD:
        return 2
    default:
        return scalar.properties.isEmojiPresentation ? 2 : 1
    }
}
