import Agent

/// What the man page tells besides the commands.
enum ManFacts {
    typealias Row = (name: String, text: String)

    static let environment: [Row] = [
        ("WEIR_STATE_DIR", "The state folder, in which all is kept that runs leave."),
        ("STATE_DIRECTORY", "The same, as systemd sets it; its first folder is taken."),
        ("XDG_STATE_HOME", "Where neither of these is set, its folder weir is the state folder."),
        ("HOME", "Where that is not set either, .local/state/weir in it is."),
        ("WEIR_AGENT", "The agent that is spoken to: http://HOST:PORT or unix:/PATH."),
        ("WEIR_LOG_LEVEL", "The level of an agent's own log, as --log-level."),
        ("WEIR_LOG_FORMAT", "The form of that log, as --log-format."),
        (
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "The collector that spans, metrics and logs are sent to; "
                + "further variables of OpenTelemetry are obeyed as its specification says."
        ),
        ("NO_COLOR", "No colours are used where it is set and not empty."),
        ("TERM", "Where it is dumb, neither."),
        (
            "LC_ALL",
            "With LC_CTYPE and LANG: a terminal of another encoding than UTF-8 is given ASCII."
        ),
    ]

    static let files: [Row] = [
        ("weir.yaml", "The pipeline that run, validate and plan take where none is named."),
        ("~/.local/state/weir", "The state folder, unless the environment names another."),
        ("<state>/runs/<id>/journal.jsonl", "A run: its events, each on a line."),
        ("<state>/runs/<id>/report.json", "How it ended."),
        ("<state>/token", "What an agent wants to see of whoever changes something."),
        ("<state>/agent.sock", "Where an agent listens for this machine's own users."),
        ("/run/weir/weir.sock", "Where the system's agent listens."),
    ]

    static let statuses: [Row] = [
        ("\(ExitCode.success)", "Success; a run ended well."),
        ("\(ExitCode.failure)", "A run failed, or what was asked for could not be done any more."),
        ("\(ExitCode.usage)", "The words of the command, or a pipeline file, are wrong."),
        ("\(ExitCode.error)", "An error beside the run's own: nobody answers, a disk is full."),
        ("\(ExitCode.timeout)", "A run took longer than its timeout."),
        ("\(ExitCode.wrapperFailed)", "Of exec: weir itself could not do its part."),
        ("\(ExitCode.notExecutable)", "Of exec: the command cannot be executed."),
        ("\(ExitCode.notFound)", "Of exec: the command was not found."),
        ("128+n", "Ended by the signal n: 130 by Ctrl-C, 143 by SIGTERM."),
    ]

    static let examples: [(text: String, command: String)] = [
        ("Run a pipeline file, with a parameter:", "weir run weir.yaml --param day=2026-03-09"),
        (
            "See how its last run went, and what a step printed:",
            "weir show last; weir logs last load"
        ),
        (
            "Serve all pipelines of a folder, and start one of them:",
            "weir serve pipelines & weir start nightly"
        ),
        ("Watch what an agent does:", "weir top --agent unix:/run/weir/weir.sock"),
        ("Repeat what failed of the last run, and reuse the rest:", "weir retry last"),
        ("Record any command, and say nothing of it:", "weir exec --quiet -- rsync -a src/ dst/"),
    ]
}
