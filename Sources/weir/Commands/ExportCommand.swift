import Agent
import Glibc
import Pipeline
import Telemetry
import Transport

extension Command {
    static let export = Command(
        name: "export",
        operands: "[RUN…]",
        operandCount: 0...500,
        summary: "send runs' traces again, or what is unsent, or write them to a file",
        details: [
            "RUN… are sent whole, to where OTEL_EXPORTER_OTLP_ENDPOINT says or to --endpoint, with",
            "what their steps sent; a collector that has a span already gets the same one again.",
            "Without RUN all that is unsent is sent. --file writes OTLP/JSON instead, a request a line.",
            runReference,
        ],
        options: [
            Option(
                name: "endpoint",
                value: "URL",
                help: "send to this collector, /v1/traces added"
            ),
            Option(name: "file", value: "FILE", help: "write the traces there; - is stdout"),
            Option(name: "timeout", value: "DURATION", help: "stop after this time (30s)"),
            CommandTable.json,
        ]
    ) { arguments in
        let setting = Setting()
        let state = try setting.state()
        let folders = try arguments.operands.map { try state.resolve($0) }
        if let file = arguments.value("file") {
            return try TraceFile(arguments, file).write(folders)
        }
        let telemetry = OTelConfiguration(environment: setting.environment)
        for warning in telemetry.warnings { Console.error("weir: \(warning)") }
        return try Sending(arguments, telemetry, state).send(folders)
    }
}

/// One call of `weir export` to a collector.
private struct Sending {
    private let arguments: Arguments
    private let state: StateFolder
    private let export: RunExport
    private let limit: Duration

    init(_ arguments: Arguments, _ telemetry: OTelConfiguration, _ state: StateFolder) throws {
        self.arguments = arguments
        self.state = state
        do {
            export = try RunExport(telemetry, to: arguments.value("endpoint"))
        } catch {
            throw CommandError(error.description, exitCode: ExitCode.usage)
        }
        let text = arguments.value("timeout") ?? "30s"
        guard let limit = try? DurationText.parse(text), limit > .zero else {
            let why = "--timeout \(text) is no duration: write 30s, 5m"
            throw CommandError(why, exitCode: ExitCode.usage)
        }
        self.limit = limit
    }

    func send(_ folders: [RunFolder]) throws -> Int32 {
        for folder in folders {
            guard let owner = try folder.ownerPID() else { continue }
            throw CommandError("run \(folder.id) goes on: process \(owner) sends it as it goes")
        }
        if folders.isEmpty, arguments.value("endpoint") != nil {
            let why = "--endpoint needs RUN: what is unsent is unsent to the usual collector"
            throw CommandError(why, exitCode: ExitCode.usage)
        }
        let summary =
            folders.isEmpty
            ? try export.sendUnsent(of: state, within: limit)
            : try export.send(folders, within: limit)
        let isComplete = folders.isEmpty ? summary.isBacklogComplete : summary.isComplete
        let refused = summary.statistics.values.contains {
            $0.own.rejected + $0.backlog.rejected > 0
        }
        if arguments.has("json") {
            Console.out(String(decoding: summary.json(of: folders), as: UTF8.self))
        } else {
            let what = folders.isEmpty ? "unsent runs" : HumanText.count(folders.count, "run")
            let how = folders.isEmpty ? summary.backlogDescription : summary.description
            Console.out("\(what): \(how)")
        }
        return isComplete && !refused ? ExitCode.success : ExitCode.failure
    }
}

/// One call of `weir export --file`.
private struct TraceFile {
    private let path: String

    init(_ arguments: Arguments, _ path: String) throws {
        for other in ["endpoint", "timeout", "json"] where arguments.has(other) {
            throw CommandError("--\(other) has no effect with --file", exitCode: ExitCode.usage)
        }
        self.path = path
    }

    func write(_ folders: [RunFolder]) throws -> Int32 {
        guard !folders.isEmpty else {
            throw CommandError("--file needs RUN", exitCode: ExitCode.usage)
        }
        guard let file = path == "-" ? fdopen(dup(1), "w") : fopen(path, "w") else {
            throw CommandError("\(path): \(systemErrorText(errno))")
        }
        var spans = 0
        do {
            for folder in folders {
                spans += try RunTraceLines(folder).write { line in
                    let bytes = line + [UInt8(ascii: "\n")]
                    guard fwrite(bytes, 1, bytes.count, file) == bytes.count else {
                        throw CommandError("\(path): \(systemErrorText(errno))")
                    }
                }
            }
        } catch {
            fclose(file)
            throw error
        }
        // A full disk may show only here.
        guard fclose(file) == 0 else { throw CommandError("\(path): \(systemErrorText(errno))") }
        Console.error(
            "\(HumanText.count(spans, "span")) of \(HumanText.count(folders.count, "run"))"
        )
        return ExitCode.success
    }
}

extension ExportSummary {
    /// What became of each signal, for machines.
    fileprivate func json(of folders: [RunFolder]) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("runs")
        json.beginArray()
        for folder in folders { json.string(folder.id.description) }
        json.endArray()
        json.key("signals")
        json.beginObject()
        for signal in OTLPSignal.allCases {
            guard let lane = statistics[signal] else { continue }
            let items = folders.isEmpty ? lane.backlog : lane.own
            json.key(signal.rawValue)
            json.beginObject()
            for (key, count) in [
                ("accepted", items.accepted), ("rejected", items.rejected),
                ("queued", items.queued),
            ] {
                json.key(key)
                json.integer(count)
            }
            json.key("problem")
            if let problem = lane.problem { json.string(problem.description) } else { json.null() }
            json.endObject()
        }
        json.endObject()
        json.key("complete")
        json.boolean(folders.isEmpty ? isBacklogComplete : isComplete)
        json.endObject()
        return json.bytes
    }
}
