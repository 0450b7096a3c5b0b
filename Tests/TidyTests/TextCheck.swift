/// What no text of the project holds, whatever its language.
enum TextCheck {
    // Put together from parts, so that this file passes its own check.
    static let markers = ["TO" + "DO", "FIX" + "ME", "XX" + "X"]
    static let homes = ["/ro" + "ot/", "/ho" + "me/", "/Us" + "ers/"]

    static func findings(in files: [SourceFile], root: String) -> [Finding] {
        files.flatMap { file in
            file.lines.enumerated().flatMap { index, line in
                faults(of: line, in: file, root: root).map {
                    Finding(path: file.path, line: index + 1, message: $0)
                }
            }
        }
    }

    private static func faults(of line: Substring, in file: SourceFile, root: String) -> [String] {
        var faults: [String] = []
        if let marker = markers.first(where: { holdsWord($0, line) }) {
            faults.append("'\(marker)': do it now, or describe it in an issue")
        }
        if let home = homes.first(where: { line.contains($0) }) {
            faults.append(
                "'\(home)' exists on one machine only: write a relative path or a variable"
            )
        }
        // A root of one component ("/src") may well be a word of the text.
        if root.split(separator: "/").count > 1, line.contains(root + "/") {
            faults.append("the checkout's own path: write it relative to the root")
        }
        if line.contains("\t"), !mayHoldTabs(file.path) {
            faults.append("a tab: indent with spaces")
        }
        if line.last == " " || line.last == "\t" {
            faults.append("a space at the end of the line: remove it")
        }
        if line.last == "\r\n" || line.last == "\r" {
            faults.append("a carriage return at the end of the line: end lines with \\n alone")
        }
        return faults
    }

    private static func holdsWord(_ word: String, _ line: Substring) -> Bool {
        line.split { !$0.isLetter }.contains { $0 == word }
    }

    /// Where the language itself wants tabs.
    private static func mayHoldTabs(_ path: String) -> Bool {
        // Go's formatter indents with them.
        path == "Makefile" || path.hasSuffix(".mk") || path.hasSuffix(".go")
            || path.contains("/Golden/")
    }
}
