/// Finds the known name that an unknown one was probably meant to be.
package enum NameSuggestion {
    /// The nearest candidate by edit distance (a swap of neighbours counts one), if it is near
    /// enough to be a slip: a third of the name's length, at most three edits.
    package static func nearest(to name: String, among candidates: some Sequence<String>) -> String?
    {
        let target = Array(name.lowercased().utf8.prefix(longest))
        let allowed = min(3, (target.count + 1) / 3)
        var best: (name: String, distance: Int)?
        // A bound on the work: names are many where steps are many.
        for candidate in candidates.lazy.prefix(Limits.suggestionCandidates) {
            let bytes = Array(candidate.lowercased().utf8.prefix(longest))
            guard abs(bytes.count - target.count) <= allowed else { continue }
            let distance = distance(target, bytes)
            if distance <= allowed, distance < best?.distance ?? .max {
                best = (candidate, distance)
            }
        }
        return best?.name
    }

    private static let longest = 64

    /// Damerau–Levenshtein distance in its optimal-alignment form.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for row in left.indices {
            var current = [row + 1]
            for column in right.indices {
                let substitution = last[column] + (left[row] == right[column] ? 0 : 1)
                var cost = min(last[column + 1] + 1, current[column] + 1, substitution)
                if row > 0, column > 0, left[row] == right[column - 1],
                    left[row - 1] == right[column]
                {
                    cost = min(cost, beforeLast[column - 1] + 1)
                }
                current.append(cost)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}

/// A name from a file, in backticks: shortened, and without control characters.
func quoted(_ text: String) -> String {
    var shown = ""
    for scalar in text.unicodeScalars.prefix(60) {
        switch scalar.value {
        case 0x0A: shown += "\\n"
        case 0x09: shown += "\\t"
        case 0x00..<0x20, 0x7F..<0xA0, 0x202A...0x202E, 0x2066...0x2069: shown += "\u{FFFD}"
        default: shown.unicodeScalars.append(scalar)
        }
    }
    return "`\(shown)\(text.unicodeScalars.count > 60 ? "…" : "")`"
}

/// Names in backticks, with commas.
func quotedList(_ names: some Sequence<String>) -> String {
    names.map { "`\($0)`" }.joined(separator: ", ")
}
