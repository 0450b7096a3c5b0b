/// The completions of fish, for a file `weir.fish` or for `source`.
enum FishCompletion {
    static func script(_ commands: [Command]) -> String {
        var lines = [
            "# fish completion for weir: made by `weir completions fish`.", "",
            "function __weir_candidates",
            "    weir completions --candidates $argv[1] 2>/dev/null", "end", "",
            "# How many operands stand before the one that is written.",
            "function __weir_place",
            "    set -l words (commandline -opc)", "    set -l place -2",
            "    for word in $words",
            "        string match -qr '^-' -- $word; or set place (math $place + 1)", "    end",
            "    echo $place", "end", "", "complete -c weir -f",
        ]
        lines += commands.map { command in
            "complete -c weir -n __fish_use_subcommand -a \(command.name) -d \(quoted(command.summary))"
        }
        lines += [
            "complete -c weir -n __fish_use_subcommand -a help -d 'tell what a command does'",
            "complete -c weir -n __fish_use_subcommand -l version -d 'print the version'",
            "complete -c weir -n '__fish_seen_subcommand_from help' -a '\(commands.map(\.name).joined(separator: " "))'",
            "complete -c weir -n '__fish_seen_subcommand_from help' -l man -d 'print the man page'",
            "complete -c weir -l help -s h -d 'tell what it does'",
        ]
        return (lines + commands.flatMap(lines(of:))).joined(separator: "\n")
    }

    private static func lines(of command: Command) -> [String] {
        let seen = "test (commandline -opc)[2] = \(command.name) 2>/dev/null"
        let options = command.options.map { option in
            var line = "complete -c weir -n \(quoted(seen)) -l \(option.name)"
            if let letter = option.letter { line += " -s \(letter)" }
            if option.value != nil { line += " \(action(option.kind, isValue: true))" }
            return line + " -d \(quoted(option.help))"
        }
        let kinds = command.operandKinds
        let operands = kinds.enumerated().compactMap { place, kind -> String? in
            let action = action(kind, isValue: false)
            guard !action.isEmpty else { return nil }
            let isLast = place == kinds.count - 1
            let repeats = isLast && command.operandCount.upperBound > kinds.count
            let here = repeats || kind == .program ? "" : "; and test (__weir_place) = \(place)"
            return "complete -c weir -n \(quoted(seen + here)) \(action)"
        }
        return [""] + options + operands
    }

    private static func action(_ kind: CompletionKind, isValue: Bool) -> String {
        let asValue = isValue ? "-x " : ""
        switch kind {
        case .files: return isValue ? "-r -F" : "-F"
        case .folders: return asValue + "-a '(__fish_complete_directories)'"
        case .runs: return asValue + "-k -a '(__weir_candidates runs)'"
        case .pipelines: return asValue + "-a '(__weir_candidates pipelines)'"
        case .program: return "-a '(__fish_complete_subcommand --fcs-skip=2)'"
        case .words(let words): return asValue + "-a '\(words.joined(separator: " "))'"
        case .text: return isValue ? "-x" : ""
        }
    }

    private static func quoted(_ text: String) -> String {
        "'"
            + text.reduce(into: "") { result, character in
                if character == "'" || character == "\\" { result.append("\\") }
                result.append(character)
            } + "'"
    }
}
