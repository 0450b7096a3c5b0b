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
    /// Whether its report is all that is printed of a run.
    private let isReport: Bool
    /// Weir's own, where one is wanted.
    let log: AgentLog?
    private let arguments: Arguments

    init(_ setting: Setting, _ state: StateFolder, _ arguments: Arguments) throws {
        self.setting = setting
        self.state = state
        let mode = arguments.value("progress") ?? "auto"
        log = try LogOptions.runLog(arguments)
        isReport = arguments.has("json")
        self.mode = isReport ? .none : ProgressMode(mode, isTerminal: Console.isTerminal(1))
        self.arguments = arguments
    }

    func run(_ new: NewRun) throws -> Int32 {
        let runSetting = try runSetting()
        try state.prepare()
        _ = try? state.removeLeftovers(now: RunClock.wallNow)
        do {
            return try show { listener in
                try RunSession(
                    new: new,
                    in: state,
                    setting: runSetting,
                    listeners: [listener] + log.listeners(of: new.id)
                )
            }
        } catch let error as StateError where error.isNoRoom {
            throw CommandError(
                "nothing was run: the disk is full: \(error)\n  make room and try again"
            )
        }
    }

    func resume(_ folder: RunFolder, _ policy: LossPolicy = .refuse) throws -> Int32 {
        let runSetting = try runSetting()
        do {
            return try show { listener in
                try RunSession(
                    resuming: folder,
                    policy,
                    in: state,
                    setting: runSetting,
                    listeners: [listener] + log.listeners(of: folder.id)
                )
            }
        } catch StateError.finished {
            return try tellFinished(folder, runSetting)
        } catch let error as StateError where error.isNoRoom {
            throw CommandError(
                "run \(folder.id) cannot go on yet: the disk is full: \(error)\n"
                    + "  nothing of it runs; when there is room: weir resume \(folder.id)"
            )
        }
    }

    private func runSetting() throws -> RunSetting {
        var (runSetting, warnings) = setting.runSetting(state: state)
        for warning in warnings { Console.error("weir: warning: \(warning)") }
        try LogOptions.sendOutput(arguments, &runSetting)
        return runSetting
    }

    private func show(_ begin: (Subscription) throws -> RunSession) throws -> Int32 {
        // Where nothing is shown, nobody waits for it.
        defer { log?.stop() }
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
            let insight = state.insight(on: snapshot)
            let report = report(of: snapshot, insight)
            try session.folder.writeReport(report)
            tell(report)
            let export = session.finishExport()
            Ending(setting, state, session.folder, mode).tell(
                snapshot,
                insight.hints,
                export: export
            )
            // What cannot be deleted now is with another run's end.
            try? RunCollector(in: state).collectAfterRun(at: RunClock.wallNow)
            return ExitCode.of(end.outcome, cancelSignal: session.cancelSignal)
        case .failure(let error):
            _ = session.finishExport()
            throw interrupted(session, by: error)
        }
    }

    private func report(of run: RunSnapshot, _ insight: RunInsight) -> [UInt8] {
        RunReport.json(run, hints: insight.hints, baselines: insight.baselines)
    }

    private func tell(_ report: [UInt8]) {
        if isReport { Console.write(String(decoding: report, as: UTF8.self), to: 1) }
    }

    private func interrupted(_ session: RunSession, by error: any Error) -> CommandError {
        let signal = error is RunAbandoned ? session.cancelSignal : nil
        let id = session.folder.id
        let advice =
            switch (error as? RunInterrupted)?.kind {
            case .noRoom: "when there is room, go on with: weir resume \(id)"
            case .lost: "it cannot go on: start it anew"
            case .unwritable: "when that is mended, go on with: weir resume \(id)"
            case nil: "go on with: weir resume \(id)"
            }
        return CommandError(
            "run \(id) was interrupted: \(error)\n  nothing of it runs any more; \(advice)",
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
        let insight = state.insight(on: snapshot)
        let report = report(of: snapshot, insight)
        if access(folder.reportPath, F_OK) != 0 { try folder.writeReport(report) }
        tell(report)
        var export: ExportSummary?
        if let cursor = try folder.exportCursor(), !cursor.isDone {
            let exporter = try runSetting.makeExporter(backlog: state)
            exporter?.follow(ExportSource(folder, .spans, before: { .max }))
            export = exporter?.finish()
        }
        Ending(setting, state, folder, mode)
            .tell(snapshot, insight.hints, export: export)
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
