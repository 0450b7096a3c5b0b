/// `weir.1` in mdoc(7), from the tables that help and completions come from.
enum ManPage {
    /// Of the page's last change that a reader would notice.
    private static let date = "November 22, 2026"

    static func page(_ commands: [Command]) -> String {
        var lines = [
            ".\\\" Made by `weir help --man`.", ".Dd \(date)", ".Dt WEIR 1", ".Os",
            ".Sh NAME", ".Nm weir", ".Nd run pipelines and let everyone see the flow",
            ".Sh SYNOPSIS", ".Nm", ".Ar command", ".Op Ar options", ".Op Ar operands",
            ".Sh DESCRIPTION",
        ]
        lines += RoffText.lines(
            "Weir runs pipelines of commands. Each step of a run is written to a journal before "
                + "anything else happens; progress, spans, reports and the recovery after a crash "
                + "are read from that. These are its commands; an option's value follows it as the "
                + "next word or behind `=`, and `--` ends the options."
        )
        lines += [".Bl -tag -width completions -compact"]
        for command in commands {
            lines += [".It Cm \(RoffText.word(command.name))"] + RoffText.lines(command.summary)
        }
        lines += [".El", ".Sh COMMANDS"] + commands.flatMap(section(of:))
        lines += list("ENVIRONMENT", "Ev", ManFacts.environment)
        lines += list("FILES", "Pa", ManFacts.files)
        lines += list("EXIT STATUS", "Li", ManFacts.statuses)
        lines += [".Sh EXAMPLES"]
        lines += ManFacts.examples.map(self.lines(of:)).joined(separator: [".Pp"])
        return lines.joined(separator: "\n")
    }

    private static func section(of command: Command) -> [String] {
        var lines = [".Ss weir \(RoffText.inline(command.name))"]
        lines += [".Nm", ".Cm \(RoffText.word(command.name))"]
        if !command.options.isEmpty { lines.append(".Op Ar options") }
        if !command.operands.isEmpty {
            lines.append(RoffText.guarded(RoffText.inline(command.operands)))
        }
        lines += [".Pp"] + RoffText.lines(command.summary.firstUp + ".")
        var paragraph: [String] = []
        for line in command.details + [""] {
            guard line.isEmpty else {
                paragraph.append(line)
                continue
            }
            if !paragraph.isEmpty {
                lines += [".Pp"] + RoffText.lines(paragraph.joined(separator: " "))
            }
            paragraph = []
        }
        guard !command.options.isEmpty else { return lines }
        lines.append(".Bl -tag -width Ds")
        for option in command.options {
            let letter = option.letter.map { "Fl \($0) , " } ?? ""
            let value = option.value.map { " Ar \(RoffText.word($0))" } ?? ""
            lines.append(".It \(letter)Fl -\(RoffText.inline(option.name))\(value)")
            lines += RoffText.lines(option.help)
            if option.isRepeatable { lines += RoffText.lines("May be given several times.") }
        }
        return lines + [".El"]
    }

    private static func list(
        _ title: String,
        _ macro: String,
        _ rows: [(name: String, text: String)]
    ) -> [String] {
        var lines = [".Sh \(title)", ".Bl -tag -width Ds"]
        for row in rows {
            lines += [".It \(macro) \(RoffText.word(row.name))"] + RoffText.lines(row.text)
        }
        return lines + [".El"]
    }

    private static func lines(of example: (text: String, command: String)) -> [String] {
        RoffText.lines(example.text)
            + [".Dl \(RoffText.inline(example.command))"]
    }
}

extension String {
    /// With a capital letter in front.
    fileprivate var firstUp: String { prefix(1).uppercased() + dropFirst() }
}

/// Text as roff reads it.
enum RoffText {
    private static let columns = 78

    /// Lines of input: each sentence begins a new one, as mdoc wants it, and none is long.
    static func lines(_ text: String) -> [String] {
        var lines: [String] = []
        var line = ""
        func end() {
            if !line.isEmpty { lines.append(guarded(line)) }
            line = ""
        }
        for word in text.split(separator: " ") {
            let piece = inline(String(word))
            if !line.isEmpty, line.utf8.count + 1 + piece.utf8.count > columns { end() }
            line += (line.isEmpty ? "" : " ") + piece
            if let last = word.last, ".!?:".contains(last) { end() }
        }
        end()
        return lines
    }

    /// One argument of a macro, never taken for another macro.
    static func word(_ text: String) -> String {
        "\\&" + inline(text).split(separator: " ").joined(separator: "\\ ")
    }

    /// A line of text that is no request.
    static func guarded(_ line: String) -> String {
        line.hasPrefix(".") || line.hasPrefix("'") ? "\\&" + line : line
    }

    /// Every character as itself, on every device.
    static func inline(_ text: String) -> String {
        text.unicodeScalars.map { scalar in
            switch scalar {
            case "\\": return "\\e"
            case "-": return "\\-"
            case "'": return "\\(aq"
            case "`": return "\\(ga"
            case "^": return "\\(ha"
            case "~": return "\\(ti"
            case "\"": return "\\(dq"
            case " "..."\u{7e}": return String(scalar)
            default:
                let digits = String(scalar.value, radix: 16, uppercase: true)
                return "\\[u\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits)]"
            }
        }
        .joined()
    }
}
