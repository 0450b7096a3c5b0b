import Agent
import Journal
import Pipeline
import Telemetry
import TestSupport
import Transport

/// A state folder with runs to export.
final class ExportFixture: Sendable {
    let directory = TemporaryDirectory()
    let state: StateFolder

    init() {
        state = StateFolder(path: directory.path)
    }

    /// A run of `steps` steps, one attempt each: `2 * steps + 1` spans once it has ended.
    ///
    /// Its id is made of `seed`, so that its spans can be foretold.
    func makeRun(
        steps: Int = 2,
        isFinished: Bool = true,
        isSampled: Bool = true,
        isExported: Bool = true,
        seed: UInt64 = 1
    ) throws -> LiveRun {
        var started = makeStart(run: RunID(high: 0x0190 << 48 | seed, low: seed &* 0x9E37_79B9))
        started.isExported = isExported
        started.trace.flags = isSampled ? 3 : 2
        started.resource = [ResourceAttribute("service.name", "weir")]
        let run = LiveRun(try makeOwned(started), started)
        for step in 0..<steps { try run.append { $0.succeeds("s\(step)", at: step) } }
        if isFinished { try run.append { $0.ends(Double(steps), run: RunEnd(.success)) } }
        return run
    }

    /// A run that has begun, as an engine takes it.
    func makeOwned(_ started: RunStarted = makeStart()) throws -> OwnedRun {
        let plan = PlanDocument(
            pipeline: "test",
            file: "/weir.yaml",
            directory: "/",
            spec: "",
            specDigest: "",
            trigger: "cli",
            outputs: "/tmp"
        )
        return try state.createRun(started, at: RunScript.start, plan: plan)
    }

    func settings(
        to endpoint: String,
        delays: ExportGate.Delays = ExportGate.Delays(),
        timeout: Duration = .seconds(30),
        batchSpans: Int = 512,
        backlogInterval: Duration = .seconds(60)
    ) -> ExportSettings {
        ExportSettings(
            url: endpoint,
            timeout: timeout,
            version: "0.1",
            batchSpans: batchSpans,
            delays: delays,
            backlogInterval: backlogInterval
        )
    }

    /// Sends spans, and nothing else.
    func exporter(_ settings: ExportSettings) throws -> TelemetryExporter {
        try TelemetryExporter([.traces: settings], backlog: state) { 0.5 }
    }

    /// Sends all that is unsent to a collector that accepts it.
    func sendBacklog(to endpoint: String) throws -> ExportSummary {
        try exporter(settings(to: endpoint)).finish(.everything, within: .seconds(30))
    }
}

/// A run with its lock held, as the engine has it, until it is let go.
final class LiveRun {
    let folder: RunFolder
    let journal: JournalWriter
    private var owned: OwnedRun?
    private var script: RunScript

    init(_ owned: OwnedRun, _ started: RunStarted) {
        self.owned = owned
        folder = owned.folder
        journal = owned.journal
        script = RunScript()
        script.add(0, .runStarted(started))
    }

    var events: [RecordedEvent] { script.events }

    /// Writes and syncs what `body` adds to the script.
    func append(synced: Bool = true, _ body: (inout RunScript) -> Void) throws {
        let known = script.events.count
        body(&script)
        var lines: [UInt8] = []
        var codec = RunEventCodec()
        for event in script.events[known...] { try codec.encode(event, into: &lines) }
        try journal.append(lines)
        if synced { try journal.sync() }
    }

    /// The process ends: nobody owns the run any more.
    func letGo() -> RunFolder {
        journal.close()
        owned = nil
        return folder
    }

    /// The spans that the whole list of events gives, as a collector should have them.
    var expectedSpans: Set<SpanID> {
        Set(SpanFold.spans(of: script.events).map(\.spanID))
    }
}

extension RunScript {
    mutating func succeeds(_ step: String, at second: Int) {
        succeeds(step, from: Double(second), to: Double(second) + 0.5)
    }
}

/// What a collector has accepted: every copy of every span, by id.
struct ReceivedSpans {
    var contents: [SpanID: [JSONValue]] = [:]

    init(_ bodies: [String]) throws {
        for body in bodies {
            let request = try JSONValue(parsing: Array(body.utf8))
            for resource in request["resourceSpans"]?.array ?? [] {
                for scope in resource["scopeSpans"]?.array ?? [] {
                    for span in scope["spans"]?.array ?? [] {
                        guard let id = span["spanId"]?.string.flatMap(SpanID.init(hex:)) else {
                            throw TestSupportError("a span without an id: \(body)")
                        }
                        contents[id, default: []].append(span)
                    }
                }
            }
        }
    }

    var ids: Set<SpanID> { Set(contents.keys) }
    var copies: Int { contents.values.reduce(0) { $0 + $1.count } }
    /// Spans of which two copies differ.
    var ambiguous: [SpanID] { contents.filter { Set($0.value).count > 1 }.map(\.key) }
}
