package import Pipeline

/// What `weir top` shows: the runs that go on, and of each the steps that run or wait.
///
/// It is read from the JSON of `/debug/tasks`, whoever wrote that: texts may be anything, numbers
/// are brought within bounds.
package struct TopTable: Sendable, Equatable {
    package struct Run: Sendable, Equatable {
        package var run: String
        package var pipeline: String
        package var state: String
        package var elapsed: Duration
        package var workers: Int
        package var finished: Int
        package var total: Int
        package var failed: Int
        /// Why nothing new starts.
        package var stopping: String?
        package var steps: [Step] = []
        /// Steps that are not told of.
        package var omitted: Int
    }

    package struct Step: Sendable, Equatable {
        package var step: String
        /// What it waits for; `nil` while it runs.
        package var blocker: String?
        package var attempt: Int?
        /// `if`, `compensate`; `nil` for its own command.
        package var part: String?
        package var pid: Int?
        package var elapsed: Duration?
        package var cpu: Duration?
        package var residentBytes: Int64?
        package var lastLine: String?
    }

    package internal(set) var runs: [Run] = []

    package init() {}

    /// - Returns: `nil` for what is no answer of `/debug/tasks`.
    package init?(json: JSONValue) {
        guard let runs = json["runs"]?.array else { return nil }
        for value in runs {
            guard let run = Run(json: value) else { return nil }
            self.runs.append(run)
        }
    }

    /// Attempts that run, and how many may.
    package var workers: (busy: Int, places: Int) {
        let busy = runs.reduce(0) { $0 + $1.steps.count { $0.blocker == nil } }
        return (busy, runs.reduce(0) { min($0 + $1.workers, TopTable.numberMax) })
    }

    /// Steps that wait.
    package var waiting: Int {
        runs.reduce(0) { $0 + $1.steps.count { $0.blocker != nil } }
    }

    fileprivate static let numberMax = 1_000_000_000
}

extension TopTable.Run {
    fileprivate init?(json: JSONValue) {
        guard let run = json["run"]?.string, let pipeline = json["pipeline"]?.string,
            let steps = json["steps"]?.array
        else { return nil }
        self.run = run
        self.pipeline = pipeline
        state = json["state"]?.string ?? ""
        elapsed = json["elapsed_seconds"]?.seconds ?? .zero
        workers = json["workers"]?.count ?? 0
        stopping = json["stopped_by"]?.string
        omitted = json["steps_omitted"]?.count ?? 0
        let counts = json["counts"]
        let known = ["running", "waiting", "finished"].map { counts?[$0]?.count ?? 0 }
        finished = known[2]
        total = known.reduce(0, +)
        failed = counts?["failed"]?.count ?? 0
        self.steps = steps.compactMap(TopTable.Step.init(json:))
    }
}

extension TopTable.Step {
    /// - Returns: `nil` for a step that has ended.
    fileprivate init?(json: JSONValue) {
        guard let name = json["step"]?.string, let state = json["state"]?.string,
            state != "finished"
        else { return nil }
        step = name
        if state == "blocked" { blocker = Self.words(for: json) }
        let attempts = json["attempts"]?.array ?? []
        elapsed = json["elapsed_seconds"]?.seconds
        guard let live = attempts.last(where: { $0["state"]?.string == "running" }) else {
            attempt = attempts.last?["attempt"]?.count
            return
        }
        attempt = live["attempt"]?.count
        part = live["part"]?.string
        pid = live["pid"]?.count
        elapsed = live["elapsed_seconds"]?.seconds ?? elapsed
        cpu = live["cpu_seconds"]?.seconds
        residentBytes = live["rss_bytes"]?.integer.map { max(0, $0) }
        lastLine = live["last_line"]?.string
    }

    private static func words(for json: JSONValue) -> String {
        let name = json["name"]?.string ?? ""
        switch json["blocker"]?.string {
        case "dependency"?:
            let needs = (json["needs"]?.array ?? []).compactMap(\.string)
            guard !needs.isEmpty else { return "waits for the steps before it" }
            let more = needs.count > 3 ? " and \(needs.count - 3) more" : ""
            return "waits for \(needs.prefix(3).joined(separator: ", "))\(more)"
        case "workers"?: return "waits for a worker"
        case "backoff"?: return "is tried again later"
        case let kind?: return "waits for \(kind) \(name)"
        case nil: return "waits"
        }
    }
}

extension JSONValue {
    /// A whole number from 0 to a thousand million.
    fileprivate var count: Int? {
        integer.map { Int(min(max($0, 0), Int64(TopTable.numberMax))) }
    }

    /// A length of time; nothing that a peer says is longer than thirty years.
    fileprivate var seconds: Duration? {
        switch self {
        case .integer(let seconds): .seconds(min(max(seconds, 0), 1_000_000_000))
        case .double(let seconds) where seconds.isFinite:
            .milliseconds(Int64(min(max(seconds, 0), 1e9) * 1_000))
        default: nil
        }
    }
}
