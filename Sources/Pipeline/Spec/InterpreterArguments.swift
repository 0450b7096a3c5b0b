/// Finds the arguments of an `exec` that an interpreter will run as a program: the text after
/// `-c` or `-e`.
enum InterpreterArguments {
    /// How a family of interpreters takes program text.
    private struct Family {
        /// Letters that, in a cluster of short options, announce program text.
        let program: String
        /// Long options that do the same, with the text behind them or after `=`.
        var longProgram: [String] = []
        /// Options whose argument is a word of its own, and so not the end of the options.
        var withArgument: [String] = []
        /// A shell's program is its first operand; with the others it follows its option at once.
        var isShell = false
    }

    /// One may start another (`sudo`, `env`, `timeout`), but not endlessly.
    private static let mostInterpreters = 16

    private static let shell = Family(
        program: "c",
        withArgument: ["-o", "+o", "-O", "+O", "--rcfile", "--init-file"],
        isShell: true
    )
    private static let families: [String: Family] = [
        "sh": shell, "bash": shell, "dash": shell, "zsh": shell, "ksh": shell, "ash": shell,
        "python": Family(program: "c", withArgument: ["-W", "-X"]),
        "perl": Family(program: "eE", withArgument: ["-I"]),
        "ruby": Family(program: "e", withArgument: ["-I", "-r", "-C", "-E"]),
        "node": Family(
            program: "ep",
            longProgram: ["--eval", "--print"],
            withArgument: ["-r", "--require", "--import", "-C", "--conditions"]
        ),
    ]

    /// The indices of the words that are program text, each with the interpreter's name.
    ///
    /// `words` are as written; a program that is itself a reference is taken for a shell.
    static func programs(in words: [String]) -> [(index: Int, interpreter: String)] {
        // Without an option nothing announces a program.
        guard words.contains(where: { $0.utf8.first == UInt8(ascii: "-") }) else { return [] }
        var found: [(index: Int, interpreter: String)] = []
        var interpreters = 0
        for (index, word) in words.enumerated() {
            let isUnknown = index == 0 && word.contains("${")
            let name = isUnknown ? "sh" : interpreterName(word)
            guard let family = families[name] else { continue }
            interpreters += 1
            guard interpreters <= mostInterpreters else { break }
            for argument in programArguments(of: family, in: words, after: index) {
                found.append((argument, isUnknown ? "program" : name))
            }
        }
        return found
    }

    /// The last component of a path, without a version: `/usr/bin/python3.11` is `python`.
    private static func interpreterName(_ word: String) -> String {
        let name = word.split(separator: "/").last.map(String.init) ?? ""
        var end = name.endIndex
        while end > name.startIndex {
            let before = name.index(before: end)
            guard name[before].isNumber || name[before] == "." || name[before] == "-" else { break }
            end = before
        }
        return String(name[..<end])
    }

    private static func programArguments(
        of family: Family,
        in words: [String],
        after interpreter: Int
    ) -> [Int] {
        var found: [Int] = []
        var expectsProgram = false
        var index = interpreter + 1
        while index < words.count {
            let word = words[index]
            defer { index += 1 }
            let isOption = (word.hasPrefix("-") || word.hasPrefix("+")) && word.count > 1
            guard isOption, word != "--" else {
                // The first operand: program text if it was announced, else a file's name.
                if expectsProgram, word == "--" { continue }
                if expectsProgram { found.append(index) }
                return found
            }
            if family.withArgument.contains(word) || isCluster(word, endingIn: family.withArgument)
            {
                if announces(word, family) { expectsProgram = true }
                index += 1
                continue
            }
            guard announces(word, family) else { continue }
            // `-e'text'` and `--eval=text` carry it in the same word.
            found.append(index)
            if family.isShell {
                expectsProgram = true
            } else if isBare(word, family), index + 1 < words.count {
                index += 1
                found.append(index)
            }
        }
        return found
    }

    private static func announces(_ word: String, _ family: Family) -> Bool {
        if word.hasPrefix("--") {
            return family.longProgram.contains { word == $0 || word.hasPrefix($0 + "=") }
        }
        return word.hasPrefix("-") && word.dropFirst().contains { family.program.contains($0) }
    }

    /// The option ends its word, so that the program is the next.
    private static func isBare(_ word: String, _ family: Family) -> Bool {
        if word.hasPrefix("--") { return family.longProgram.contains(word) }
        return word.last.map { family.program.contains($0) } ?? false
    }

    /// `-euo` takes the argument of its last letter.
    private static func isCluster(_ word: String, endingIn options: [String]) -> Bool {
        guard word.count > 2, !word.hasPrefix("--"), let last = word.last,
            word.dropFirst().allSatisfy({ $0.isLetter })
        else { return false }
        return options.contains("\(word.prefix(1))\(last)")
    }
}
