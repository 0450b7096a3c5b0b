import Glibc

/// What documents say exists: make targets, files, and the example they quote.
enum DocumentCheck {
    static func findings(in files: [SourceFile], makefile: String) -> [Finding] {
        let paths = Set(files.map(\.path))
        let targets = Set(
            makefile.split(separator: "\n").compactMap { line in
                line.firstIndex(of: ":").map { String(line[..<$0]) }
            }
        )
        return files.filter { $0.path.hasSuffix(".md") }.flatMap { file in
            file.lines.enumerated().flatMap { index, line in
                let missing = makeTargets(in: line).filter { !targets.contains($0) }
                    .map { "the Makefile has no target '\($0)': name one of 'make help'" }
                let broken = links(in: line).filter { !leads($0, from: file.path, to: paths) }
                    .map { "the link '\($0)' leads nowhere: name a file or folder of the tree" }
                return (missing + broken).map {
                    Finding(path: file.path, line: index + 1, message: $0)
                }
            }
        }
    }

    /// A block of YAML that quotes a file has to be that file, so that it was run.
    static func quoteFindings(_ document: SourceFile, quoted: SourceFile) -> [Finding] {
        let block = "```yaml\n" + quoted.text + "```\n"
        guard strstr(document.text, block) == nil else { return [] }
        let message = "does not quote \(quoted.path) as it is: copy it into a yaml block"
        return [Finding(path: document.path, message: message)]
    }

    /// The words after `make` where a command may stand: indented, or in backquotes.
    private static func makeTargets(in line: Substring) -> [String] {
        line.split(separator: "`", omittingEmptySubsequences: false).enumerated()
            .filter { index, part in index % 2 == 1 || part.hasPrefix("    ") }
            .map { $0.element.drop { $0 == " " } }
            .filter { $0.hasPrefix("make ") }
            .compactMap { $0.split(separator: " ").dropFirst().first.map(String.init) }
    }

    private static func links(in line: Substring) -> [String] {
        line.split(separator: "](").dropFirst().compactMap { rest in
            rest.firstIndex(of: ")").map { String(rest[..<$0]) }
        }
        .filter { !$0.hasPrefix("http") && !$0.hasPrefix("#") }
    }

    private static func leads(_ link: String, from path: String, to paths: Set<String>) -> Bool {
        var parts = path.split(separator: "/").dropLast()
        for part in link.split(separator: "/") where part != "." {
            if part == ".." { parts = parts.dropLast() } else { parts.append(part) }
        }
        let target = parts.joined(separator: "/")
        return paths.contains(target) || paths.contains { $0.hasPrefix(target + "/") }
    }
}
