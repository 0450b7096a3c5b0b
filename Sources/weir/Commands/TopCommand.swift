import Agent
import Glibc
import Pipeline
import Telemetry

extension Command {
    static let top = Command(
        name: "top",
        operands: "",
        operandCount: 0...0,
        summary: "watch what runs now: steps, processes, CPU, memory, what waits for what",
        details: [
            "On a terminal it is drawn anew until q or Ctrl-C; elsewhere, and with --once or --json,",
            "it is printed once. Without an agent the runs of the state folder are shown that are",
            "being run now, whoever runs them.",
        ] + CommandTable.places,
        options: [
            Option(name: "interval", value: "DURATION", help: "how often it is drawn (1s)"),
            Option(name: "once", help: "print it once, as a table"),
            CommandTable.agent, CommandTable.json,
        ]
    ) { arguments in
        let setting = Setting()
        let interval = try arguments.interval()
        let source = try TopSource(setting, arguments)
        if arguments.has("json") {
            Console.write(String(decoding: try source.json(), as: UTF8.self), to: 1)
            return ExitCode.success
        }
        guard !arguments.has("once"), Console.isTerminal(1) else {
            let face = TopText(style: setting.style(of: 1))
            let (table, load) = try source.sample()
            Console.out(face.lines(table, source.head(setting, load)).joined(separator: "\n"))
            return ExitCode.success
        }
        return try TopShell(setting, source, interval).run()
    }
}

extension Arguments {
    fileprivate func interval() throws(UsageError) -> Duration {
        let text = value("interval") ?? "1s"
        guard let interval = try? DurationText.parse(text),
            interval >= .milliseconds(100), interval <= .seconds(3_600)
        else {
            throw UsageError("`--interval \(text)`: a duration from 100ms to 1h", command)
        }
        return interval
    }
}

/// Whom `weir top` asks.
struct TopSource {
    /// Steps that are asked for; a screen has fewer rows.
    private static let stepsMax = 1_000
    /// Each with the line that it printed last.
    private static let bytesMax = 32 << 20

    let place: String
    private let agent: AgentClient?
    private let tasks: FolderTasks?

    init(_ setting: Setting, _ arguments: Arguments) throws {
        var agent = try setting.agent(arguments)
        agent?.patience = .seconds(5)
        self.agent = agent
        tasks = agent == nil ? FolderTasks(try setting.state()) : nil
        place = try agent?.place ?? setting.state().runsPath
    }

    func head(_ setting: Setting, _ load: String?, problem: String? = nil) -> TopText.Head {
        TopText.Head(
            at: RunClock.wallNow,
            utcOffset: setting.utcOffset,
            place: place,
            load: load,
            problem: problem
        )
    }

    /// What runs now, and how the agent does.
    func sample() throws -> (TopTable, load: String?) {
        let bytes = try json()
        guard let table = table(of: bytes) else {
            throw CommandError("what answers at \(place) is no weir agent")
        }
        return (table, agent.flatMap(load(of:)))
    }

    /// The tasks as an agent tells them.
    func json() throws -> [UInt8] {
        guard let agent else {
            return try tasks?.table(at: RunClock.wallNow, limit: Self.stepsMax).json ?? []
        }
        let path = "/debug/tasks?limit=\(Self.stepsMax)"
        let answer = try agent.get(path, limit: Self.bytesMax)
        guard answer.status == 200, table(of: answer.body) != nil else {
            throw CommandError("\(agent.problem(of: answer))")
        }
        return answer.body
    }

    private func table(of bytes: [UInt8]) -> TopTable? {
        let limits = JSONLimits(bytes: Self.bytesMax)
        return (try? JSONValue(parsing: bytes, limits: limits)).flatMap(TopTable.init(json:))
    }

    /// How late its loops are, and what memory it has taken: what it cannot tell is left out.
    private func load(of agent: AgentClient) -> String? {
        guard let vars = try? agent.json("/debug/vars") else { return nil }
        let lags = (vars["loop_lag_seconds"]?.object ?? []).compactMap { member -> Double? in
            switch member.value {
            case .double(let lag) where lag.isFinite: min(max(lag, 0), 1e6)
            case .integer(let lag): Double(min(max(lag, 0), 1_000_000))
            default: nil
            }
        }
        var words: [String] = []
        if let lag = lags.max() {
            words.append("agent lags \(HumanText.duration(.milliseconds(Int64(lag * 1_000))))")
        }
        if let bytes = vars["memstats"]?["Alloc"]?.integer {
            words.append("\(HumanText.bytes(bytes)) in use")
        }
        if vars["draining"]?.boolean == true { words.append("draining") }
        return words.isEmpty ? nil : words.joined(separator: ", ")
    }
}
