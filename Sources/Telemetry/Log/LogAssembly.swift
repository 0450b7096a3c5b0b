/// Puts the pieces of lines together again, each stream's for itself.
///
/// A line that is longer than the bound is given in several.
package struct LogAssembly: Sendable {
    /// Nobody reads a longer line; a program gets its pieces.
    package static let lineBytes = 256 << 10

    private var held: [LogPiece] = []

    package init() {}

    /// Takes the next record.
    ///
    /// - Returns: The line that it ends, or a long line's next piece; `nil` while it goes on.
    package mutating func take(_ piece: LogPiece) -> LogPiece? {
        guard let index = held.firstIndex(where: { $0.stream == piece.stream }) else {
            guard piece.ending == .piece else { return piece }
            held.append(piece.owningItsBytes)
            return nil
        }
        held[index].text += piece.text
        held[index].ending = piece.ending
        let isLong = held[index].text.count >= Self.lineBytes
        return piece.ending == .piece && !isLong ? nil : held.remove(at: index)
    }

    /// What has not ended, when nothing follows.
    package mutating func finish() -> [LogPiece] {
        defer { held = [] }
        return held.map { piece in
            var piece = piece
            piece.ending = .end
            return piece
        }
    }
}

extension LogPiece {
    /// The same in memory of its own, not in that of what was read.
    package var owningItsBytes: LogPiece {
        var piece = self
        piece.time = time.map { ArraySlice(Array($0)) }
        piece.text = ArraySlice(Array(text))
        return piece
    }
}
