/// Texts of `--help`, from the command table.
enum Help {
    static var overview: String {
        var lines = [
            "weir runs pipelines and lets everyone see the flow.", "",
            "usage: weir COMMAND [OPTIONS] [OPERANDS]", "",
        ]
        for command in CommandTable.all {
            lines.append("  " + padded(command.name, 13) + command.summary)
        }
        lines += [
            "",
            "`weir COMMAND --help` tells the rest, `weir help --man` all of it. State is kept in $WEIR_STATE_DIR, else",
            "$STATE_DIRECTORY, else $XDG_STATE_HOME/weir, else ~/.local/state/weir.",
            "Spans go to $OTEL_EXPORTER_OTLP_ENDPOINT, if it is set.",
            "Exit status: 0 success, 1 failure, 2 usage or bad file, 3 error, 124 timeout,",
            "130 and 143 cancelled.",
        ]
        return lines.joined(separator: "\n")
    }

    static func text(of command: Command) -> String {
        let flags = command.options.isEmpty ? "" : " [OPTIONS]"
        var lines = [
            "usage: weir \(command.name)\(flags) \(command.operands)", "", command.summary,
        ]
        if !command.details.isEmpty { lines += [""] + command.details }
        if !command.options.isEmpty {
            lines += ["", "options:"]
            for option in command.options {
                let value = option.value.map { " " + $0 } ?? ""
                let letter = option.letter.map { "-\($0), " } ?? ""
                lines.append("  " + padded("\(letter)--\(option.name)\(value)", 22) + option.help)
            }
        }
        return lines.joined(separator: "\n")
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text.count >= width ? text + " " : text + String(repeating: " ", count: width - text.count)
    }
}
