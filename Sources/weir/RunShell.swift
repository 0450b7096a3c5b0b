import Agent
import Glibc
import Pipeline
import Telemetry

/// Runs a run in front of a person or a script: progress while it goes, words and an exit status
/// at its end.
struct RunShell {
    let setting: Setting
    let state: StateFolder
    let mode: ProgressMode

    init(_ setting: Setting, _ state: StateFolder, mode: String) {
        self.setting = setting
        self.state = state
        self.mode = ProgressMode(mode, isTerminal: Console.isTerminal(1))
    }

    func run(_ new: NewRun) throws -> Int32 {
        let (runSetting, warnings) = setting.runSetting(state: state)
        warn(warnings)
        try state.prepare()
        _ = try? state.removeLeftovers(now: RunClock.wallNow)
        return try show { listener in
            try RunSession(new: new, in: state, setting: runSetting, listeners: [listener])
        }
    }

    func resume(_ folder: RunFolder, _ policy: LossPolicy = .refuse) throws -> Int32 {
        let (runSetting, warnings) = setting.runSetting(state: state)
        warn(warnings)
        do {
            return try show { listener in
                try RunSession(
                    resuming: folder,
                    policy,
                    in: state,
                    setting: runSetting,
                    listeners: [listener]
                )
            }
        } catch StateError.finished {
            return try tellFinished(folder, runSetting)
        }
    }

    private func warn(_ warnings: [String]) {
        for warning in warnings { Console.error("weir: warning: \(warning)") }
    }

    private func show(_ begin: (Subscription) throws -> RunSession) throws -> Int32 {
        // Where nothing is shown, nobody waits for it.
        let rest = Duration.milliseconds(mode == .none ? 250 : 20)
        let listener = Subscription(rest: rest)
        let session = try begin(listener)
        for notice in session.notices { Console.error("weir: \(notice)") }
        let printer: ProgressPrinter
        do {
            printer = try ProgressPrinter(mode, setting, listener, plan: session.plan)
        } catch {
            throw interrupted(session, by: error)
        }
        let outcome: Result<RunEnd, any Error>
        do { outcome = .success(try session.run()) } catch { outcome = .failure(error) }
        listener.close()
        let snapshot = try printer.finish(folder: session.folder)
        switch outcome {
        case .success(let end):
            let hints = state.hints(on: snapshot)
            try session.folder.writeReport(RunReport.json(snapshot, hints: hints))
            let export = session.finishExport()
            Ending(setting, state, session.folder, mode).tell(snapshot, hints, export: export)
            // What cannot be deleted now is with another run's end.
            try? RunCollector(in: state).collectAfterRun(at: RunClock.wallNow)
            return ExitCode.of(end.outcome, cancelSignal: session.cancelSignal)
        case .failure(let error):
            _ = session.finishExport()
            throw interrupted(session, by: error)
        }
    }

    private func interrupted(_ session: RunSession, by error: any Error) -> CommandError {
        let signal = error is RunAbandoned ? session.cancelSignal : nil
        return CommandError(
            "run \(session.folder.id) was interrupted: \(error)\n"
                + "  nothing of it runs any more; go on with: weir resume \(session.folder.id)",
            exitCode: signal.map(ExitCode.signal) ?? ExitCode.error
        )
    }

    /// A run that ended before: its report may be missing if Weir was killed in between.
    private func tellFinished(_ folder: RunFolder, _ runSetting: RunSetting) throws -> Int32 {
        let snapshot = try folder.snapshot()
        guard snapshot.end != nil else {
            throw CommandError(
                "run \(folder.id) has finished, but its journal is damaged: `weir show \(folder.id)` "
                    + "shows what can be read; there is nothing to resume"
            )
        }
        if access(folder.reportPath, F_OK) != 0 {
            try folder.writeReport(RunReport.json(snapshot, hints: state.hints(on: snapshot)))
        }
        var export: ExportSummary?
        if let cursor = try folder.exportCursor(), !cursor.isDone {
            let exporter = try runSetting.makeExporter(backlog: state)
            exporter?.follow(folder) { .max }
            export = exporter?.finish()
        }
        Ending(setting, state, folder, mode)
            .tell(snapshot, state.hints(on: snapshot), export: export)
        let outcome = snapshot.outcome ?? Outcome(.internal)
        return ExitCode.of(outcome, cancelSignal: nil)
    }
}

/// How a run is shown while it goes.
enum ProgressMode: String {
    case bar
    case plain
    case json
    case none

    /// - Parameters:
    ///   - text: A value of `--progress`.
    ///   - isTerminal: What `auto` goes by.
    init(_ text: String, isTerminal: Bool) {
        self = ProgressMode(rawValue: text) ?? (isTerminal ? .bar : .plain)
    }
}
