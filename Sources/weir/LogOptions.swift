import Agent
import Pipeline
import Telemetry

/// `--log-level` and `--log-format`: Weir's own log on standard error.
enum LogOptions {
    static let all = [
        Option(
            name: "log-level",
            value: "LEVEL",
            help: "Weir's own log on stderr: \(LogLevel.names)",
            choices: LogLevel.allCases.map(\.rawValue)
        ),
        Option(
            name: "log-format",
            value: "FORMAT",
            help: "of that log: logfmt, json",
            choices: LogFormat.allCases.map(\.rawValue)
        ),
    ]

    static let output = Option(
        name: "otlp-logs",
        help: "send what steps print as OTLP logs, too"
    )

    /// Whether what steps print is sent.
    ///
    /// - Throws: When it should be, and there is nowhere to send it.
    static func sendOutput(_ arguments: Arguments, _ setting: inout RunSetting) throws {
        guard arguments.has(output.name) else { return }
        guard setting.telemetry.exports[.logs] != nil else {
            throw UsageError(
                "`--otlp-logs` has nowhere to send to: set OTEL_EXPORTER_OTLP_ENDPOINT",
                arguments.command
            )
        }
        setting.sendsOutput = true
    }

    /// The log of an agent: what the options do not say the environment may.
    static func agentLog(_ arguments: Arguments, _ setting: Setting) throws -> AgentLog {
        let level = try value(arguments, "log-level", setting, "WEIR_LOG_LEVEL") ?? LogLevel.info
        let format =
            try value(arguments, "log-format", setting, "WEIR_LOG_FORMAT") ?? LogFormat.logfmt
        return try AgentLog(to: 2, from: level, as: format)
    }

    /// The log of one run in front of a person: none unless it is asked for.
    static func runLog(_ arguments: Arguments) throws -> AgentLog? {
        let format = arguments.value("log-format").flatMap(LogFormat.init(rawValue:))
        guard let level = arguments.value("log-level").flatMap(LogLevel.init(rawValue:)) else {
            guard format == nil else {
                throw UsageError("`--log-format` needs `--log-level`", arguments.command)
            }
            return nil
        }
        return try AgentLog(to: 2, from: level, as: format ?? .logfmt)
    }

    private static func value<Value: RawRepresentable & CaseIterable>(
        _ arguments: Arguments,
        _ option: String,
        _ setting: Setting,
        _ variable: String
    ) throws -> Value? where Value.RawValue == String {
        if let given = arguments.value(option) { return Value(rawValue: given) }
        guard let text = setting.environment[variable], !text.isEmpty else { return nil }
        guard let value = Value(rawValue: text) else {
            let choices = Value.allCases.map(\.rawValue).joined(separator: ", ")
            throw UsageError("`\(variable)=\(text)`: one of \(choices)", arguments.command)
        }
        return value
    }
}

extension AgentLog? {
    /// Who writes a run to the log: nobody where there is none.
    func listeners(of run: RunID) -> [any RunListener] {
        map { [RunLogListener($0, of: run)] } ?? []
    }
}
