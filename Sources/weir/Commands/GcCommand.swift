import Agent
import Pipeline
import Telemetry

extension Command {
    static let gc = Command(
        name: "gc",
        operands: "",
        operandCount: 0...0,
        summary: "delete runs that are too many, too old or too large",
        details: [
            "Whole runs go, with what their steps left under the state folder's own outputs. Kept are",
            "runs that have not ended or cannot be read, and, until they are too old, those whose",
            "spans are not sent. Where an agent serves the state folder it is asked to do it, with its",
            "own limits for those not given here. It does so by itself too, at its start and hourly.",
        ],
        options: [
            Option(name: "dry-run", help: "change nothing: say what would be deleted")
        ] + RetentionOptions.all + [CommandTable.json]
    ) { arguments in
        let setting = Setting()
        let report = try Collection(setting, arguments).report()
        if arguments.has("json") {
            Console.out(String(decoding: report.json, as: UTF8.self))
        } else {
            Console.out(RetentionText.lines(report).joined(separator: "\n"))
            for remark in report.remarks { Console.error("weir gc: \(remark.run): \(remark.why)") }
        }
        return ExitCode.success
    }
}

/// One call of `weir gc`, done here or by the agent.
private struct Collection {
    private let setting: Setting
    private let arguments: Arguments
    private let state: StateFolder
    private let limits: RetentionLimits

    init(_ setting: Setting, _ arguments: Arguments) throws {
        self.setting = setting
        self.arguments = arguments
        state = try setting.state()
        limits = try RetentionOptions.limits(arguments)
    }

    func report() throws -> RetentionReport {
        if let agent = try state.agentPID() { return try ask(agent) }
        return try RunCollector(in: state).collect(
            limits,
            at: RunClock.wallNow,
            isDry: arguments.has("dry-run")
        )
    }

    private func ask(_ agent: Int32) throws -> RetentionReport {
        do {
            return try askAgent()
        } catch let error as CommandError {
            let who = agent > 0 ? "process \(agent)" : "another process"
            throw CommandError(
                "\(who) serves \(state.path), and deletes hourly by itself; asked to do it now:\n"
                    + "\(error)"
            )
        }
    }

    /// It deletes some hundred runs at a time.
    private func askAgent() throws -> RetentionReport {
        let client = AgentClient(of: state)
        var all = RetentionReport(folder: state.runsPath, isDry: arguments.has("dry-run"))
        var hasMore = true
        while hasMore {
            let answer = try client.post("/api/v1/gc", body, answers: "deleted")
            guard answer.status == 200, let next = RetentionReport(json: answer.value) else {
                let detail = answer.value["detail"]?.string
                throw CommandError(detail ?? "the agent answered \(answer.status)")
            }
            all.append(next)
            hasMore = next.hasMore && !next.deleted.isEmpty
        }
        return all
    }

    private var body: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("dry_run")
        json.boolean(arguments.has("dry-run"))
        for (key, text) in RetentionOptions.given(arguments) {
            json.key(key.rawValue)
            if key == .runs { json.integer(limits.runs) } else { json.string(text) }
        }
        json.endObject()
        return json.bytes
    }
}

/// What `weir gc` says to people.
enum RetentionText {
    private static let listed = 20

    static func lines(_ report: RetentionReport) -> [String] {
        let count = HumanText.count(report.deleted.count, "run")
        let bytes = HumanText.bytes(report.bytes)
        let kept = report.kept.values.reduce(0, +)
        var lines: [String] = []
        if report.deleted.isEmpty {
            lines.append("nothing to delete in \(report.folder)")
        } else if report.isDry {
            lines.append("would delete \(count) of \(report.folder); \(bytes) would come free")
        } else {
            lines.append("deleted \(count) of \(report.folder); \(bytes) came free")
        }
        if !report.deleted.isEmpty { lines.append("  " + reasons(report.deleted)) }
        if report.isDry { lines += list(report.deleted) }
        if report.leftovers > 0 {
            let count = HumanText.count(report.leftovers, "leftover")
            lines.append("removed \(count) of runs that were broken off")
        }
        if kept > 0 {
            lines.append("kept \(HumanText.count(kept, "run"))")
            lines.append("  " + holds(report.kept))
        } else if report.deleted.isEmpty {
            lines[0] = "nothing to delete: no runs in \(report.folder)"
        }
        return lines
    }

    private static func reasons(_ deleted: [RetentionReport.Deleted]) -> String {
        let groups = Dictionary(grouping: deleted, by: \.why)
        return Retention.Excess.allCases.compactMap { why in
            groups[why].map { "\($0.count) \(words(why))" }
        }
        .joined(separator: " · ")
    }

    private static func list(_ deleted: [RetentionReport.Deleted]) -> [String] {
        let lines = deleted.prefix(listed).map { run in
            "  \(run.run)  \(run.pipeline)  \(words(run.why))  \(HumanText.bytes(run.bytes))"
        }
        let more = deleted.count - lines.count
        return more > 0 ? lines + ["  and \(more) more: see --json"] : Array(lines)
    }

    private static func holds(_ kept: [Retention.Hold: Int]) -> String {
        Retention.Hold.allCases.compactMap { hold in
            kept[hold].map { "\($0) \(words(hold))" }
        }
        .joined(separator: " · ")
    }

    private static func words(_ why: Retention.Excess) -> String {
        switch why {
        case .count: "too many"
        case .age: "too old"
        case .size: "too large together"
        }
    }

    private static func words(_ hold: Retention.Hold) -> String {
        switch hold {
        case .limits: "within the limits"
        case .running: "running"
        case .interrupted: "interrupted"
        case .unsent: "with spans that are not sent"
        case .request: "answering a repeated start"
        case .reused: "of use to a run that goes on"
        case .unreadable: "unreadable"
        case .uncounted: "not counted yet"
        }
    }
}
