/// The completion script of bash, which works without the package `bash-completion`.
enum BashCompletion {
    static func script(_ commands: [Command]) -> String {
        let names = commands.map(\.name).joined(separator: " ")
        let tables = [
            (
                "What follows an option, by command and option.", "_weir_value",
                commands.flatMap(values(of:))
            ),
            (
                "Whether a value follows an option.", "_weir_takes_value",
                commands.flatMap(takers(of:)) + ["        *) return 1 ;;"]
            ),
            (
                "An operand of a command, by its place.", "_weir_operand",
                commands.flatMap(operands(of:))
            ),
        ]
        .map { about, name, rows in
            (["# \(about)", "\(name)() {", "    case \"$1 $2\" in"] + rows + ["    esac", "}", ""])
                .joined(separator: "\n")
        }
        let options =
            ["# The options of a command.", "_weir_options() {", "    case \"$1\" in"]
            + commands.map(options(of:)) + ["    esac", "}", ""]
        return
            ([
                "# bash completion for weir: made by `weir completions bash`.",
                "#   eval \"$(weir completions bash)\"", "",
                "_weir_commands='\(names)'", "", helpers,
            ] + tables + options + [main])
            .joined(separator: "\n")
    }

    private static let helpers = """
        _weir_candidates() {
            COMPREPLY=($(compgen -W "$(weir completions --candidates "$1" 2>/dev/null | cut -f 1)" -- "$cur"))
        }

        _weir_files() {
            local IFS=$'\\n'
            compopt -o filenames 2>/dev/null
            COMPREPLY=($(compgen "$1" -- "$cur"))
        }

        """

    private static let main = """
        _weir() {
            local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
            local command=${COMP_WORDS[1]} place=0 word index skip=
            COMPREPLY=()
            # Bash takes `--name=value` for three words.
            if [ "$cur" = = ]; then cur=; else [ "$prev" = = ] && prev=${COMP_WORDS[COMP_CWORD-2]}; fi
            if [ "$COMP_CWORD" -eq 1 ]; then
                COMPREPLY=($(compgen -W "$_weir_commands help --help --version" -- "$cur"))
                return
            fi
            if [ "$command" = help ]; then
                COMPREPLY=($(compgen -W "$_weir_commands --man" -- "$cur"))
                return
            fi
            for ((index = 2; index < COMP_CWORD; index++)); do
                word=${COMP_WORDS[index]}
                if [ "$word" = -- ]; then place=$((place + COMP_CWORD - index - 1)); break; fi
                if [ -n "$skip" ]; then [ "$word" = = ] || skip=; continue; fi
                case $word in
                    -*) _weir_takes_value "$command" "$word" && skip=yes ;;
                    =) ;;
                    *) place=$((place + 1)) ;;
                esac
            done
            if [ -n "$skip" ]; then
                _weir_value "$command" "$prev"
            elif [[ $cur == -* ]]; then
                COMPREPLY=($(compgen -W "$(_weir_options "$command") --help" -- "$cur"))
            else
                _weir_operand "$command" "$place"
            fi
        }

        complete -F _weir weir
        """

    private static func action(_ kind: CompletionKind) -> String {
        switch kind {
        case .files: "_weir_files -f"
        case .folders: "_weir_files -d"
        case .runs: "_weir_candidates runs"
        case .pipelines: "_weir_candidates pipelines"
        case .program: "COMPREPLY=($(compgen -c -- \"$cur\"))"
        case .words(let words):
            "COMPREPLY=($(compgen -W '\(words.joined(separator: " "))' -- \"$cur\"))"
        case .text: ":"
        }
    }

    private static func values(of command: Command) -> [String] {
        command.options.filter { $0.value != nil }.map { option in
            "        \(pattern(command, option))) \(action(option.kind)) ;;"
        }
    }

    private static func takers(of command: Command) -> [String] {
        let patterns = command.options.filter { $0.value != nil }.map { pattern(command, $0) }
        return patterns.isEmpty ? [] : ["        \(patterns.joined(separator: " | "))) ;;"]
    }

    private static func pattern(_ command: Command, _ option: Option) -> String {
        let letter = option.letter.map { " | '\(command.name) -\($0)'" } ?? ""
        return "'\(command.name) --\(option.name)'\(letter)"
    }

    private static func options(of command: Command) -> String {
        let names = command.options.map { option in
            "--\(option.name)" + (option.letter.map { " -\($0)" } ?? "")
        }
        return "        \(command.name)) echo '\(names.joined(separator: " "))' ;;"
    }

    private static func operands(of command: Command) -> [String] {
        let kinds = command.operandKinds
        return kinds.enumerated().map { place, kind in
            let isLast = place == kinds.count - 1
            // Behind the last one only what is repeated follows.
            let repeats = isLast && command.operandCount.upperBound > kinds.count
            let pattern = repeats ? "'\(command.name) '*" : "'\(command.name) \(place)'"
            return "        \(pattern)) \(action(kind)) ;;"
        }
    }
}
