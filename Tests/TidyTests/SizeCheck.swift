/// A file or a function that is longer than the tree allows, or was when it was written down.
struct OversizeEntry: Hashable {
    /// `nil` for the file itself.
    var function: String?
    var path: String

    var key: String {
        function.map { "function \(path) \($0)" } ?? "file \(path)"
    }
}

/// Sizes of `Sources`, with a ratchet: what was too long already may stay as long as it was, and
/// may only shrink.
enum SizeCheck {
    static let fileLimit = 300
    static let functionLimit = 40
    static let ratchetPath = "Tests/TidyTests/ratchet.txt"

    static func findings(in files: [SourceFile], ratchet: String) -> [Finding] {
        let (tolerated, faults) = parse(ratchet)
        let sizes = oversized(files)
        var findings = faults
        for (entry, size) in sizes.sorted(by: { $0.key.key < $1.key.key }) {
            findings += compare(entry, size, with: tolerated[entry])
        }
        for entry in tolerated.keys.sorted(by: { $0.key < $1.key }) where sizes[entry] == nil {
            let fix = "is within the limit now (or gone): remove the line '\(entry.key) …'"
            findings.append(Finding(path: ratchetPath, message: "\(entry.key) \(fix)"))
        }
        return findings
    }

    private static func compare(_ entry: OversizeEntry, _ size: Int, with old: Int?) -> [Finding] {
        let what = entry.function.map { "function \($0)" } ?? "the file"
        let limit = entry.function == nil ? fileLimit : functionLimit
        guard let old else {
            let fix = "limit \(limit): split it by concept"
            return [Finding(path: entry.path, message: "\(what) has \(size) lines, \(fix)")]
        }
        if size > old {
            let fix = "it may only shrink: move what was added to a place of its own"
            return [
                Finding(path: entry.path, message: "\(what) grew from \(old) to \(size), \(fix)")
            ]
        }
        if size < old {
            let fix = "write '\(entry.key) \(size)' so that it stays so"
            let message = "\(entry.key) shrank from \(old) to \(size): \(fix)"
            return [Finding(path: ratchetPath, message: message)]
        }
        return []
    }

    private static func oversized(_ files: [SourceFile]) -> [OversizeEntry: Int] {
        var sizes: [OversizeEntry: Int] = [:]
        for file in files where file.isSource && file.isSwift {
            let count = file.lines.count - (file.text.hasSuffix("\n") ? 1 : 0)
            if count > fileLimit { sizes[OversizeEntry(path: file.path)] = count }
            for function in FunctionScanner.functions(in: file.code)
            where function.length > functionLimit {
                let entry = OversizeEntry(function: function.name, path: file.path)
                sizes[entry] = max(sizes[entry] ?? 0, function.length)
            }
        }
        return sizes
    }

    private static func parse(_ text: String) -> ([OversizeEntry: Int], [Finding]) {
        var entries: [OversizeEntry: Int] = [:]
        var faults: [Finding] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        where !line.isEmpty && !line.hasPrefix("#") {
            let words = line.split(separator: " ").map(String.init)
            switch (words.first, words.count, words.last.flatMap { Int($0) }) {
            case ("file", 3, let size?):
                entries[OversizeEntry(path: words[1])] = size
            case ("function", 4, let size?):
                entries[OversizeEntry(function: words[2], path: words[1])] = size
            default:
                let form = "write 'file PATH LINES' or 'function PATH NAME LINES'"
                faults.append(Finding(path: ratchetPath, line: index + 1, message: form))
            }
        }
        return (entries, faults)
    }
}
