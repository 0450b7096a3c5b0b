import Agent
import Glibc
import Pipeline
import Telemetry

extension Command {
    static let runs = Command(
        name: "runs",
        operands: "",
        operandCount: 0...0,
        summary: "list the runs, newest first",
        details: CommandTable.places,
        options: [
            Option(name: "limit", value: "N", help: "at most N runs (20)"), CommandTable.agent,
            CommandTable.json,
        ]
    ) { arguments in
        let setting = Setting()
        let runs = try setting.runReader(arguments)
        let limit = try arguments.number("limit", in: 1...1_000_000) ?? 20
        let now = RunClock.wallNow
        var rows: [RunListRow] = []
        let all = try runs.runIDs()
        for id in all.prefix(limit) {
            do {
                guard let found = try runs.find(id) else { continue }
                let run = try runs.read(found)
                guard
                    let row = RunListRow(run.snapshot, isInterrupted: run.isInterrupted, at: now)
                else { throw NoStart() }
                rows.append(row)
            } catch let error as CommandError {
                // Of the agent, not of this run.
                throw error
            } catch {
                if runs.isGone(id) { continue }
                Console.error("weir runs: \(id): \(VisibleText.cleanLines("\(error)"))")
            }
        }
        if arguments.has("json") {
            Console.out(String(decoding: RunListText.json(rows), as: UTF8.self))
        } else if rows.isEmpty {
            Console.out("no runs in \(runs.place)")
        } else {
            let style = setting.style(of: 1)
            let offset = setting.utcOffset
            let lines = RunListText.lines(rows, among: all, style: style, utcOffset: offset)
            Console.out(lines.joined(separator: "\n"))
        }
        return ExitCode.success
    }

    static let show = Command(
        name: "show",
        operands: "[RUN]",
        operandCount: 0...1,
        summary: "show a run: its steps on a time line, and how it ended",
        details: [runReference] + CommandTable.places,
        options: [CommandTable.agent, CommandTable.json]
    ) { arguments in
        let setting = Setting()
        let runs = try setting.runReader(arguments)
        let run = try runs.read(arguments.operands.first ?? "last")
        let snapshot = run.snapshot
        let isRunning = run.owner != nil
        let insight = RunInsight(on: snapshot, after: try runs.history(of: snapshot))
        if arguments.has("json") {
            let now = isRunning ? RunClock.wallNow : nil
            let report = RunReport.json(
                snapshot,
                hints: insight.hints,
                baselines: insight.baselines,
                at: now
            )
            Console.out(String(decoding: report, as: UTF8.self))
            return ExitCode.success
        }
        let lines = ShowText.lines(
            snapshot,
            style: setting.style(of: 1),
            notes: setting.notes(of: run.folder, snapshot, among: try runs.runIDs()),
            baselines: insight.baselines,
            at: isRunning ? RunClock.wallNow : nil
        )
        let advice = HintText.lines(insight.hints, style: setting.style(of: 1))
        let words = advice.isEmpty ? lines : lines + [""] + advice
        Console.out(words.joined(separator: "\n"))
        if run.isInterrupted {
            Console.out("\ninterrupted: nobody runs it; go on with: weir resume \(run.folder.id)")
        }
        return ExitCode.success
    }

    static let explain = Command(
        name: "explain",
        operands: "[RUN]",
        operandCount: 0...1,
        summary: "say why a run stands where it stands: what each step waits for",
        details: [runReference] + CommandTable.places,
        options: [CommandTable.agent, CommandTable.json]
    ) { arguments in
        let run = try Setting().runReader(arguments).read(arguments.operands.first ?? "last")
        let explanation = Explanation(
            run.snapshot,
            isInterrupted: run.isInterrupted,
            at: RunClock.wallNow
        )
        if arguments.has("json") {
            Console.out(String(decoding: explanation.json, as: UTF8.self))
        } else {
            Console.out(explanation.text.joined(separator: "\n"))
        }
        return ExitCode.success
    }

    static let runReference =
        "RUN is an id, the only run whose id begins or ends so, `last`, or a pipeline's name."
}

/// A run of which nothing can be told.
private struct NoStart: Error, CustomStringConvertible {
    var description: String { "its journal has no start" }
}

extension Arguments {
    /// A whole number within bounds.
    func number(_ option: String, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
        guard let text = value(option) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            let bounds = "\(range.lowerBound) to \(range.upperBound)"
            throw UsageError("`--\(option) \(text)`: a whole number from \(bounds)", command)
        }
        return number
    }
}
