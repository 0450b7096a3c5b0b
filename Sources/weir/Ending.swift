import Agent
import Pipeline
import Telemetry

/// The last words of a run.
struct Ending {
    let setting: Setting
    let state: StateFolder
    let folder: RunFolder
    let mode: ProgressMode

    init(_ setting: Setting, _ state: StateFolder, _ folder: RunFolder, _ mode: ProgressMode) {
        self.setting = setting
        self.state = state
        self.folder = folder
        self.mode = mode
    }

    func tell(_ snapshot: RunSnapshot, _ hints: [Hint], export: ExportSummary?) {
        guard mode == .bar || mode == .plain else { return }
        let style = setting.style(of: 1)
        var lines: [String] = []
        if let success = SuccessLine.text(snapshot, style: style) {
            lines.append(success)
        } else {
            let trace = export.flatMap { $0.isComplete ? nil : $0.description }
            lines += FailureBlock(snapshot, style: style, notes: notes(trace: trace)).lines
        }
        lines += [""] + Waterfall(snapshot, style: style).lines + [""]
        let advice = HintText.lines(hints, style: style)
        if !advice.isEmpty { lines += advice + [""] }
        if let export { lines.append("spans: \(export.description)") }
        lines += [
            "report:  \(folder.reportPath)", "journal: \(folder.journalPath)",
            "trace:   \(snapshot.started?.trace.traceID.description ?? "")",
        ]
        Console.out(lines.joined(separator: "\n"))
    }

    private func notes(trace: String?) -> EndingNotes {
        let file = (try? folder.plan())?.file ?? ""
        return setting.notes(
            advice: EndingNotes.Advice(
                command: "weir run \(file)",
                effect: "a new run, from the start"
            ),
            trace: trace
        )
    }
}
