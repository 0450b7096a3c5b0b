import Pipeline

/// The words of one call, sorted by the command's own table.
struct Arguments {
    var command: Command
    var operands: [String] = []
    private var values: [String: [String]] = [:]

    func has(_ option: String) -> Bool { values[option] != nil }
    func value(_ option: String) -> String? { values[option]?.last }
    func all(_ option: String) -> [String] { values[option] ?? [] }

    /// POSIX utility syntax with long options: `--name value`, `--name=value`, `--` ends them.
    init(_ words: ArraySlice<String>, of command: Command) throws(UsageError) {
        self.command = command
        var words = words
        while let word = words.popFirst() {
            if word == "--" {
                operands += words
                break
            } else if word.hasPrefix("-"), word != "-" {
                try take(word, &words)
            } else if command.passesOn {
                operands += [word] + words
                break
            } else {
                operands.append(word)
            }
        }
        guard command.operandCount.contains(operands.count) else {
            let (count, bounds) = (operands.count, command.operandCount)
            let what =
                count < bounds.lowerBound
                ? "missing operands"
                : "too many operands (\(count), at most \(bounds.upperBound))"
            let words = ["weir", command.name, command.operands].filter { !$0.isEmpty }
            throw UsageError("\(what): \(words.joined(separator: " "))", command)
        }
    }

    private mutating func take(_ word: String, _ words: inout ArraySlice<String>) throws(UsageError)
    {
        let text = word.drop { $0 == "-" }
        let called = String(text.prefix { $0 != "=" })
        let attached = text.contains("=") ? String(text.dropFirst(called.count + 1)) : nil
        guard
            let option = command.options.first(where: {
                $0.isCalled(String(word.prefix { $0 != "=" }))
            })
        else {
            if command.plannedOptions.contains(called) {
                throw UsageError("`--\(called)` is not supported yet", command)
            }
            let names = command.options.map(\.name)
            let near = NameSuggestion.nearest(to: called, among: names).map {
                "; did you mean --\($0)?"
            }
            throw UsageError("unknown option `\(word)`\(near ?? "")", command)
        }
        let name = option.name
        guard option.value != nil else {
            guard attached == nil else { throw UsageError("`--\(name)` takes no value", command) }
            values[name, default: []].append("")
            return
        }
        guard let value = attached ?? words.popFirst() else {
            throw UsageError("`--\(name)` needs a value: \(option.value ?? "")", command)
        }
        guard option.choices.isEmpty || option.choices.contains(value) else {
            let choices = option.choices.joined(separator: ", ")
            throw UsageError("`--\(name) \(value)`: one of \(choices)", command)
        }
        guard values[name] == nil || option.isRepeatable else {
            throw UsageError("`--\(name)` is given twice", command)
        }
        values[name, default: []].append(value)
    }
}

extension Option {
    /// Whether `word`, with its dashes, means this one.
    fileprivate func isCalled(_ word: String) -> Bool {
        word == "--\(name)" || letter.map { word == "-\($0)" } == true
    }
}

/// A call that cannot be understood; exit status 2.
struct UsageError: Error, CustomStringConvertible {
    var description: String

    init(_ text: String, _ command: Command? = nil) {
        let help = command.map { "weir \($0.name) --help" } ?? "weir --help"
        description = "\(text)\n  see: \(help)"
    }
}
