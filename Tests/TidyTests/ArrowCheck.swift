/// Which modules a target may import: the drawing of the architecture, as a table.
///
/// The compiler's own check refuses undeclared targets; this one also names system modules, so a
/// pure target cannot reach a file or a clock.
enum ArrowCheck {
    static let allowed: [String: Set<String>] = [
        // Instructions of the processor: no system call, no file, no clock.
        "Pipeline": ["CProcessor"],
        // For the metrics alone: what one thread counts another one shows.
        "Telemetry": ["Pipeline", "Synchronization"],
        "Journal": ["CLinux", "Glibc", "Synchronization"],
        "Transport": ["CCurl", "CLinux", "Glibc", "Synchronization", "FoundationEssentials"],
        "Agent": [
            "Pipeline", "Telemetry", "Journal", "Transport", "CLinux", "Glibc", "Synchronization",
            "FoundationEssentials",
        ],
        // The executable puts the parts together, so it may know all of them.
        "weir": [
            "Agent", "Pipeline", "Telemetry", "Journal", "Transport", "CLinux", "Glibc",
            "Synchronization",
        ],
    ]

    static func findings(in files: [SourceFile]) -> [Finding] {
        files.filter { $0.isSource && $0.isSwift }.flatMap { file in
            guard let target = file.target, let modules = allowed[target] else {
                let message = "no row for this target: add it to ArrowCheck and to the drawing"
                return [Finding(path: file.path, message: message)]
            }
            return imports(of: file).filter { !modules.contains($0.module) }.map { found in
                let fix = "move the code to the target that may, or hand the value in"
                let message = "\(target) may not import \(found.module): \(fix)"
                return Finding(path: file.path, line: found.line, message: message)
            }
        }
    }

    private static func imports(of file: SourceFile) -> [(line: Int, module: String)] {
        file.code.lines.enumerated().compactMap { index, line in
            let words = line.split(separator: " ")
            guard let position = words.firstIndex(of: "import"),
                words[..<position].allSatisfy(isModifier), position + 1 < words.count
            else { return nil }
            let kinds = ["struct", "class", "enum", "func", "var", "let", "typealias", "protocol"]
            let rest = words[(position + 1)...].drop { kinds.contains(String($0)) }
            let module = rest.first?.split(separator: ".").first
            return module.map { (index + 1, String($0)) }
        }
    }

    private static func isModifier(_ word: Substring) -> Bool {
        word.hasPrefix("@")
            || ["package", "internal", "private", "fileprivate", "public"].contains(word)
    }
}
