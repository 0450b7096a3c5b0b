import Agent
import Pipeline
import Telemetry

extension Command {
    static let completions = Command(
        name: "completions",
        operands: "[bash|zsh|fish]",
        operandCount: 0...1,
        summary: "print what makes a shell complete weir's words",
        details: [
            "bash: eval \"$(weir completions bash)\" in ~/.bashrc. zsh: the same with zsh in ~/.zshrc,",
            "after compinit. fish: weir completions fish > ~/.config/fish/completions/weir.fish.",
            "--candidates is what these scripts call themselves: a candidate a line, a tab, words on",
            "it; it looks where `weir runs` does, and is silent where that fails.",
        ],
        options: [
            Option(
                name: "candidates",
                value: "KIND",
                help: "print the runs or pipelines that could be meant: runs, pipelines",
                choices: ["runs", "pipelines"]
            ),
            Option(name: "json", help: "print them as one JSON value"),
        ]
    ) { arguments in
        if let kind = arguments.value("candidates") {
            guard arguments.operands.isEmpty else {
                throw UsageError("`--candidates` takes no shell", arguments.command)
            }
            Candidates(Setting(), arguments).print(kind, asJSON: arguments.has("json"))
            return ExitCode.success
        }
        let scripts: [String: ([Command]) -> String] = [
            "bash": BashCompletion.script, "zsh": ZshCompletion.script,
            "fish": FishCompletion.script,
        ]
        guard let shell = arguments.operands.first, let script = scripts[shell] else {
            throw UsageError("name a shell: bash, zsh or fish", arguments.command)
        }
        if arguments.has("json") {
            var json = JSONWriter()
            json.string(script(CommandTable.all))
            Console.out(String(decoding: json.bytes, as: UTF8.self))
        } else {
            Console.out(script(CommandTable.all))
        }
        return ExitCode.success
    }
}

/// What a shell offers where a run or a pipeline is wanted: quick, and silent where nothing is known.
private struct Candidates {
    private static let most = 50

    private let setting: Setting
    private let arguments: Arguments

    init(_ setting: Setting, _ arguments: Arguments) {
        self.setting = setting
        self.arguments = arguments
    }

    func print(_ kind: String, asJSON: Bool) {
        let found = (try? kind == "runs" ? runs() : pipelines()) ?? []
        guard asJSON else {
            // Bash expands what it is given to complete: another name than pipelines and runs can
            // have, which an agent may send, would be a command.
            let lines = found.filter { $0.name.wholeMatch(of: /[A-Za-z0-9._-]+/) != nil }
                .map { "\($0.name)\t\(VisibleText.clean($0.about))\n" }
            return Console.write(lines.joined(), to: 1)
        }
        var json = JSONWriter()
        json.beginArray()
        for candidate in found {
            json.beginObject()
            json.key("name")
            json.string(candidate.name)
            json.key("about")
            json.string(candidate.about)
            json.endObject()
        }
        json.endArray()
        Console.out(String(decoding: json.bytes, as: UTF8.self))
    }

    /// `last`, the pipelines that have run, and the newest runs.
    private func runs() throws -> [(name: String, about: String)] {
        let rows = try rows()
        guard !rows.isEmpty else { return [] }
        var names: [String] = []
        for row in rows {
            guard let name = row.pipeline, !names.contains(name) else { continue }
            names.append(name)
        }
        return [("last", "the newest run")]
            + names.map { (VisibleText.clean($0), "its last run") }
            + rows.map { row in
                let time = row.startedAt.map { CivilTime($0, utcOffset: setting.utcOffset) }
                let began = time.map { " \($0.date) \($0.clockWithSeconds)" } ?? ""
                return (row.run.description, "\(row.pipeline ?? "-")\(began) \(row.word)")
            }
    }

    private typealias Row = (run: RunID, pipeline: String?, startedAt: Timestamp?, word: String)

    private func rows() throws -> [Row] {
        guard var agent = try setting.agent(arguments) else {
            return try setting.state().runs(limit: Self.most).map { run in
                guard let summary = try? run.summary.get() else {
                    return (run.folder.id, nil, nil, "unreadable")
                }
                let word =
                    switch summary.state {
                    case .finished(let end): end.outcome.result.rawValue
                    case .running: "running"
                    case .interrupted: "interrupted"
                    }
                return (run.folder.id, summary.started.pipeline, summary.startedAt, word)
            }
        }
        agent.patience = .milliseconds(500)
        let rows = try agent.json("/api/v1/runs?limit=\(Self.most)").array ?? []
        return rows.compactMap { row in
            guard let run = row["run"]?.string.flatMap({ RunID(hex: $0) }) else { return nil }
            let word = row["result"]?.string ?? row["state"]?.string ?? ""
            return (run, row["pipeline"]?.string, nil, word)
        }
    }

    /// Those that an agent serves; without one those that have run.
    private func pipelines() throws -> [(name: String, about: String)] {
        var agent = try AgentClient(setting, arguments)
        agent.patience = .milliseconds(500)
        guard let served = try? agent.json("/api/v1/pipelines").array else {
            let names = Set(try rows().compactMap(\.pipeline))
            return names.sorted().map { (VisibleText.clean($0), "") }
        }
        return served.compactMap { pipeline in
            pipeline["name"]?.string.map {
                (VisibleText.clean($0), pipeline["description"]?.string ?? "")
            }
        }
    }
}
