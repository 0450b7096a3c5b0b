/// The completion function of zsh, for a file `_weir` in `$fpath` or for `eval`.
enum ZshCompletion {
    static func script(_ commands: [Command]) -> String {
        let summaries = commands.map { "'\(quoted("\(colons($0.name)):\($0.summary)"))'" }
        return """
            #compdef weir
            # zsh completion for weir: made by `weir completions zsh`.

            _weir_candidates() {
                local -a found
                local name about
                while IFS=$'\\t' read -r name about; do
                    found+=("${name//:/\\\\:}:$about")
                done < <(weir completions --candidates "$1" 2>/dev/null)
                (( $#found )) && _describe -V "$1" found
            }

            _weir() {
                local curcontext="$curcontext" state line
                typeset -A opt_args
                local -a commands
                commands=(
                    \(summaries.joined(separator: "\n        "))
                    'help:tell what a command does'
                )
                _arguments -C '1: :->command' '*:: :->words'
                case $state in
                command) _describe 'command' commands ;;
                words)
                    case $words[1] in
                    help) _arguments '--man[print the man page]' '1: :{_describe command commands}' ;;
            \(commands.map(arguments(of:)).joined(separator: "\n"))
                    esac
                    ;;
                esac
            }

            if [ "$funcstack[1]" = _weir ]; then _weir "$@"; else compdef _weir weir; fi
            """
    }

    private static func arguments(of command: Command) -> String {
        var specs = command.options.flatMap(specs(of:)) + ["'--help[tell what it does]'"]
        let kinds = command.operandKinds
        for (place, kind) in kinds.enumerated() {
            let isLast = place == kinds.count - 1
            let repeats = isLast && command.operandCount.upperBound > kinds.count
            let number = command.passesOn ? "*:" : repeats ? "*" : "\(place + 1)"
            specs.append("'\(number):\(label(kind)):\(action(kind))'")
        }
        let words = specs.joined(separator: " \\\n            ")
        return "        \(command.name)) _arguments -S \\\n            \(words) ;;"
    }

    private static func specs(of option: Option) -> [String] {
        let help = quoted(brackets(option.help))
        let names =
            ["--\(option.name)"] + (option.letter.map { ["-\($0)"] } ?? [])
        let others = names.count > 1 ? "(\(names.joined(separator: " ")))" : ""
        return names.map { name in
            let mark = option.isRepeatable ? "*" : others
            guard let value = option.value else { return "'\(mark)\(name)[\(help)]'" }
            let takes = name.hasPrefix("--") ? "=" : "+"
            let what = quoted(colons(value))
            return "'\(mark)\(name)\(takes)[\(help)]:\(what):\(action(option.kind))'"
        }
    }

    private static func action(_ kind: CompletionKind) -> String {
        switch kind {
        case .files: "_files"
        case .folders: "_directories"
        // A blank in front: what `_arguments` would add is for functions that know it.
        case .runs: " _weir_candidates runs"
        case .pipelines: " _weir_candidates pipelines"
        case .program: "_normal"
        case .words(let words): "(\(words.joined(separator: " ")))"
        case .text: " "
        }
    }

    private static func label(_ kind: CompletionKind) -> String {
        switch kind {
        case .files: "file"
        case .folders: "folder"
        case .runs: "run"
        case .pipelines: "pipeline"
        case .program: "command"
        case .words: "one of"
        case .text: "text"
        }
    }

    /// Inside of single quotes.
    private static func quoted(_ text: String) -> String {
        text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#)
    }

    private static func colons(_ text: String) -> String { escaped(text, ":") }

    private static func brackets(_ text: String) -> String { escaped(text, "[]:\\") }

    private static func escaped(_ text: String, _ marks: String) -> String {
        text.reduce(into: "") { result, character in
            if marks.contains(character) { result.append("\\") }
            result.append(character)
        }
    }
}
