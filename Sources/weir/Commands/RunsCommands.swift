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
        options: [
            Option(name: "limit", value: "N", help: "at most N runs (20)"), CommandTable.json,
        ]
    ) { arguments in
        let setting = Setting()
        let state = try setting.state()
        let limit = try arguments.number("limit", in: 1...1_000_000) ?? 20
        let now = RunClock.wallNow
        var rows: [RunListRow] = []
        let all = try state.runIDs()
        for id in all.prefix(limit) {
            let folder = state.run(id)
            do {
                let isInterrupted = try folder.ownerPID() == nil
                let snapshot = try folder.snapshot()
                let isOpen = snapshot.end == nil
                guard
                    let row = RunListRow(snapshot, isInterrupted: isOpen && isInterrupted, at: now)
                else { throw CommandError("its journal has no start") }
                rows.append(row)
            } catch {
                if folder.isGone { continue }
                Console.error("weir runs: \(id): \(error)")
            }
        }
        if arguments.has("json") {
            Console.out(String(decoding: RunListText.json(rows), as: UTF8.self))
        } else if rows.isEmpty {
            Console.out("no runs in \(state.runsPath)")
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
        details: [runReference],
        options: [CommandTable.json]
    ) { arguments in
        let setting = Setting()
        let state = try setting.state()
        let folder = try state.resolve(arguments.operands.first ?? "last")
        let snapshot = try folder.snapshot()
        let isRunning = try folder.ownerPID() != nil
        let insight = state.insight(on: snapshot)
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
            notes: setting.notes(of: folder, snapshot, in: state),
            baselines: insight.baselines,
            at: isRunning ? RunClock.wallNow : nil
        )
        let advice = HintText.lines(insight.hints, style: setting.style(of: 1))
        let words = advice.isEmpty ? lines : lines + [""] + advice
        Console.out(words.joined(separator: "\n"))
        if snapshot.end == nil, !isRunning {
            Console.out("\ninterrupted: nobody runs it; go on with: weir resume \(folder.id)")
        }
        return ExitCode.success
    }

    static let explain = Command(
        name: "explain",
        operands: "[RUN]",
        operandCount: 0...1,
        summary: "say why a run stands where it stands: what each step waits for",
        details: [runReference],
        options: [CommandTable.json]
    ) { arguments in
        let state = try Setting().state()
        let folder = try state.resolve(arguments.operands.first ?? "last")
        let isRunning = try folder.ownerPID() != nil
        let snapshot = try folder.snapshot()
        let explanation = Explanation(
            snapshot,
            isInterrupted: snapshot.end == nil && !isRunning,
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
