import Pipeline

/// One flag of a command; help, parsing, completions and the man page come from the same rows.
struct Option {
    /// Without the dashes.
    var name: String
    /// What its value is called; `nil` for a switch.
    var value: String?
    var help: String
    var isRepeatable = false
    /// The values allowed; empty means any.
    var choices: [String] = []
    /// One letter that means the same behind a single dash.
    var letter: Character?
}

/// One command of `weir`.
struct Command: Sendable {
    var name: String
    /// What stands after the name and the flags: `FILE`, `[RUN]`, `-- CMD …`.
    var operands: String
    var operandCount: ClosedRange<Int>
    /// Everything after `--`, or from the first operand on, belongs to another program.
    var passesOn = false
    var summary: String
    var details: [String] = []
    var options: [Option] = []
    /// Flags of the design that do not work yet: an error that says so.
    var plannedOptions: Set<String> = []
    var perform: @Sendable (Arguments) throws -> Int32
}

extension Option: Sendable {}

/// The commands, in the order of help.
enum CommandTable {
    static let all: [Command] = [
        .run, .exec, .serve, .start, .validate, .plan, .runs, .show, .explain, .logs, .top, .cancel,
        .resume, .retry, .export, .gc,
        .schema, .completions, .version,
    ]

    /// Commands of the design that do not work yet.
    static let planned: Set<String> = [
        "graph", "init", "approve", "dead-letters",
        "bundle",
    ]

    static let agent = Option(
        name: "agent",
        value: "URL",
        help: "http://HOST:PORT or unix:/PATH of an agent, not the state folder"
    )

    /// Where commands that read and change runs look for them.
    static let places = [
        "Looks at --agent, else WEIR_AGENT, else in WEIR_STATE_DIR, else at the system's agent",
        "(/run/weir/weir.sock) where one listens, else in the user's state folder.",
    ]

    static let report = Option(
        name: "json",
        help: "print nothing but the run's report, as one JSON value, at its end"
    )

    static let json = Option(name: "json", help: "print one JSON value")

    /// What was probably meant.
    static func nearest(to name: String, among names: [String]) -> String? {
        NameSuggestion.nearest(to: name, among: names)
    }

    static func find(_ name: String) -> Command? {
        all.first { $0.name == name }
    }
}
