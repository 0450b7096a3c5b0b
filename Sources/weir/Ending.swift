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
            lines +=
                FailureBlock(snapshot, style: style, notes: notes(snapshot, trace: trace)).lines
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

    private func notes(_ snapshot: RunSnapshot, trace: String?) -> EndingNotes {
        // Of a folder that cannot be read the usual digits do.
        let all = (try? state.runIDs()) ?? []
        return setting.notes(of: folder, snapshot, among: all, trace: trace)
    }
}

extension Setting {
    /// What there is to say of a run besides what its events say.
    func notes(
        of folder: RunFolder,
        _ snapshot: RunSnapshot,
        among all: [RunID],
        trace: String? = nil
    ) -> EndingNotes {
        let suffix = RunSuffix(of: [folder.id], among: all)
        return EndingNotes(
            utcOffset: utcOffset,
            advice: folder.retryAdvice(snapshot, suffix),
            trace: trace,
            suffix: suffix
        )
    }
}

extension RunFolder {
    /// How the run is repeated, and what that would do; `nil` where there is nothing to repeat.
    fileprivate func retryAdvice(_ run: RunSnapshot, _ suffix: RunSuffix) -> EndingNotes.Advice? {
        guard run.end != nil, run.outcome?.result != .success,
            let document = try? plan(),
            let plan = PipelineReader.read(Array(document.spec.utf8), file: document.file).plan
        else { return nil }
        return RetryAdvice.advice(run, plan, suffix)
    }
}
