/// One line under construction: pieces with a meaning each, and the columns they take.
///
/// Every text passes `VisibleText.clean` on its way in, so nothing that a step, a file or a peer
/// wrote can reach a terminal raw.
struct StyledLine: Sendable {
    private var pieces: [(text: String, role: Role)] = []
    private(set) var width = 0

    init() {}

    init(_ text: String, _ role: Role = .plain) {
        add(text, role)
    }

    mutating func add(_ text: String, _ role: Role = .plain) {
        let clean = VisibleText.clean(text)
        guard !clean.isEmpty else { return }
        pieces.append((clean, role))
        width += VisibleText.width(clean)
    }

    /// Fills up with spaces to the column, or adds `atLeast` when it is already passed.
    mutating func pad(to column: Int, atLeast: Int = 0) {
        let count = max(atLeast, column - width)
        guard count > 0 else { return }
        pieces.append((String(repeating: " ", count: count), .plain))
        width += count
    }

    /// The line as it is printed, cut at `columns` when they are given, without spaces at its end.
    func rendered(_ style: TerminalStyle, columns: Int? = nil) -> String {
        var pieces = trimmed(to: columns, style.glyph(.ellipsis))
        while let last = pieces.last, last.text.utf8.last == 0x20 {
            pieces[pieces.count - 1].text.removeLast()
            if last.text.utf8.count == 1 { pieces.removeLast() }
        }
        return pieces.map { style.paint($0.text, $0.role) }.joined()
    }

    private func trimmed(to columns: Int?, _ ellipsis: String) -> [(text: String, role: Role)] {
        guard let columns, width > columns else { return pieces }
        var left = max(0, columns)
        var kept: [(text: String, role: Role)] = []
        for piece in pieces {
            let pieceWidth = VisibleText.width(piece.text)
            // A piece that fits to the last column may still have to make room for the ellipsis.
            guard pieceWidth + VisibleText.width(ellipsis) <= left else {
                let cut = VisibleText.truncated(piece.text + " ", to: left, ellipsis: ellipsis)
                kept.append((cut, piece.role))
                break
            }
            kept.append(piece)
            left -= pieceWidth
        }
        return kept
    }
}
