import Agent
import Glibc
import Pipeline
import TestSupport
import Testing

/// When a `weir` is killed.
enum KillPoint: CustomStringConvertible {
    /// This long after its start.
    case after(Duration)
    /// As soon as the journal has this many lines.
    case line(Int)
    /// At this boundary of the journal's storage (`FailPoints`).
    case boundary(Int)

    var description: String {
        switch self {
        case .after(let duration): "after \(duration)"
        case .line(let number): "at line \(number)"
        case .boundary(let number): "at boundary \(number)"
        }
    }
}

/// One run in a state folder of its own, killed and resumed until it ends.
///
/// Its steps watch over themselves: each holds a lock while it runs, so that an attempt which
/// overlaps another finds it taken, and each looks into the journal for its own success.
final class KillBench {
    let folder = TemporaryDirectory()
    private let environment: [String: String]
    private let scenario: KillScenario
    /// How the process that was last to be killed ended.
    private(set) var lastStatus: Int32?

    /// How often it has been killed, for whoever counts.
    var kills = 0

    /// Sends spans, and nothing else.
    convenience init(endpoint: String, _ scenario: KillScenario = .diamond) throws {
        try self.init(scenario, ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": endpoint])
    }

    /// Sends all signals.
    convenience init(base: String, _ scenario: KillScenario) throws {
        try self.init(scenario, ["OTEL_EXPORTER_OTLP_ENDPOINT": base])
    }

    private init(_ scenario: KillScenario, _ variables: [String: String]) throws {
        self.scenario = scenario
        for name in ["state", "log"] { mkdir("\(folder.path)/\(name)", 0o700) }
        folder.write("weir.yaml", scenario.pipeline)
        environment = [
            "PATH": "/usr/local/bin:/usr/bin:/bin", "WEIR_STATE_DIR": folder.path + "/state",
            "KILL_STATE": folder.path + "/state", "KILL_LOG": folder.path + "/log",
            "OTEL_BSP_SCHEDULE_DELAY": "10",
        ].merging(variables) { $1 }
    }

    /// Runs and kills, once for each point, then resumes to the end.
    ///
    /// - Returns: What is wrong, or `nil`; whether there was a run at all.
    func survive(_ points: [KillPoint]) -> (fault: String?, existed: Bool) {
        var arguments = ["run", folder.path + "/weir.yaml", "--progress", "none"]
        for point in points {
            kill(arguments, at: point)
            if let run = runID { arguments = ["resume", run, "--progress", "none"] }
        }
        guard runID != nil else { return (nil, false) }
        let last = start(arguments)
        let code = last.wait(atMost: .seconds(60))
        guard code == scenario.exitCode else {
            return ("the last resume ended with \(code ?? -1): \(last.err)", true)
        }
        return (check(), true)
    }

    /// Sends what is unsent.
    func export() -> Int32? { start(["export"]).wait(atMost: .seconds(90)) }

    /// Spans of steps that Weir has said 200 to.
    var acknowledged: [String] {
        (folder.read("log/acknowledged") ?? "").split(separator: "\n").map(String.init)
    }

    /// Runs without a kill.
    func run() -> Int32? {
        start(["run", folder.path + "/weir.yaml", "--progress", "none"]).wait(atMost: .seconds(60))
    }

    private func start(_ arguments: [String], failPoint: Int? = nil) -> Subprocess {
        var environment = environment
        if let failPoint { environment["WEIR_FAIL_POINT"] = String(failPoint) }
        return Subprocess([weirBinary] + arguments, environment: environment)
    }

    private func kill(_ arguments: [String], at point: KillPoint) {
        switch point {
        case .after(let duration):
            let process = start(arguments)
            _ = process.wait(atMost: duration)
            process.killHard()
            lastStatus = process.wait()
        case .line(let number):
            let process = start(arguments)
            while lines < number, process.wait(atMost: .milliseconds(1)) == nil {}
            process.killHard()
            lastStatus = process.wait()
        case .boundary(let number):
            lastStatus = start(arguments, failPoint: number).wait(atMost: .seconds(60))
        }
    }

    // MARK: - What is on disk

    var runID: String? {
        guard let names = opendir(folder.path + "/state/runs") else { return nil }
        defer { closedir(names) }
        while let entry = readdir(names) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { return name }
        }
        return nil
    }

    var lines: Int {
        guard let run = runID else { return 0 }
        let text = folder.read("state/runs/\(run)/journal.jsonl") ?? ""
        return text.utf8.count { $0 == UInt8(ascii: "\n") }
    }

    var events: [RunEvent] {
        guard let run = runID.flatMap({ RunID(hex: $0) }) else { return [] }
        let state = StateFolder(path: folder.path + "/state")
        var events: [RunEvent] = []
        _ = try? state.run(run).events { event in
            if case .known(let recorded) = event { events.append(recorded.event) }
        }
        return events
    }

    private func check() -> String? {
        if let faults = folder.read("log/faults") { return faults }
        let events = events
        var succeeded: Set<String> = []
        for event in events {
            switch event {
            case .attemptStarted(let attempt)
            where attempt.part == .main && succeeded.contains(attempt.step):
                return "\(attempt.step) started after its success was journaled"
            case .attemptFinished(let attempt, let end)
            where attempt.part == .main && end.outcome == .success:
                succeeded.insert(attempt.step)
            default: continue
            }
        }
        guard succeeded == scenario.succeeding else {
            return "\(succeeded) succeeded, and \(scenario.succeeding) should have"
        }
        return scenario.fault(events)
    }
}
