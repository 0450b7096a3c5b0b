/// A node of a YAML file, with the offset of its first byte.
package struct YAMLNode: Sendable {
    /// What kind of node it is, with what is in it.
    package enum Content: Sendable {
        case scalar(YAMLScalar)
        case sequence([YAMLNode])
        case mapping([YAMLEntry])
        /// What stood here was refused and has been reported: nothing more is to be said about it.
        case unreadable
    }

    package let offset: Int
    package let content: Content

    package init(offset: Int, content: Content) {
        self.offset = offset
        self.content = content
    }
}

/// A key with its value.
///
/// Keys are scalars; no two of a mapping have the same text.
package struct YAMLEntry: Sendable {
    package let keyOffset: Int
    package let key: YAMLScalar
    package let value: YAMLNode

    package init(keyOffset: Int, key: YAMLScalar, value: YAMLNode) {
        self.keyOffset = keyOffset
        self.key = key
        self.value = value
    }
}

/// The text of a scalar, and where each part of it stands in the file.
package struct YAMLScalar: Sendable {
    /// How it is written: only a plain one can mean anything but its text.
    package enum Style: Sendable {
        case plain
        case singleQuoted
        case doubleQuoted
        case literal
        case folded
    }

    /// A stretch of the text that stands in the file as it is, from `text` on.
    struct Piece: Sendable {
        let text: Int
        let source: Int
    }

    /// The text after folding, escapes and chomping.
    package let text: String
    package let style: Style
    private let pieces: [Piece]
    private let sourceStart: Int

    init(text: String, style: Style, sourceStart: Int, pieces: [Piece] = []) {
        self.text = text
        self.style = style
        self.sourceStart = sourceStart
        self.pieces = pieces
    }

    /// Where in the file the UTF-8 code unit `position` of the text comes from.
    package func sourceOffset(of position: Int) -> Int {
        var low = 0
        var high = pieces.count
        while low < high {
            let middle = (low + high) / 2
            if pieces[middle].text <= position { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return sourceStart + position }
        return pieces[low - 1].source + position - pieces[low - 1].text
    }
}

/// Puts a scalar's text together from stretches of the file and what stands for escapes and folds.
struct YAMLScalarBuilder {
    private var text: [UInt8] = []
    private var pieces: [YAMLScalar.Piece] = []

    /// Appends bytes that stand in the file at `offset` on.
    mutating func append(_ bytes: ArraySlice<UInt8>) {
        guard !bytes.isEmpty else { return }
        note(bytes.startIndex)
        text.append(contentsOf: bytes)
    }

    /// Appends what an escape or a fold at `offset` stands for.
    mutating func append(_ replacement: some Sequence<UInt8>, for offset: Int) {
        note(offset)
        text.append(contentsOf: replacement)
    }

    private mutating func note(_ offset: Int) {
        pieces.append(YAMLScalar.Piece(text: text.count, source: offset))
    }

    func scalar(_ style: YAMLScalar.Style, at start: Int) -> YAMLScalar {
        YAMLScalar(
            text: String(decoding: text, as: UTF8.self),
            style: style,
            sourceStart: start,
            pieces: pieces
        )
    }
}
