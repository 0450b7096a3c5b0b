import Pipeline
import Telemetry
import Transport

/// `/debug/`: what an SRE asks in the middle of an incident, answered from memory and from `/proc`
/// on the endpoint's own thread, so that it answers when nothing else does (G5).
struct DebugEndpoint: Sendable {
    let desk: AgentDesk
    let health: HealthEndpoint
    private let groups = ProcessGroups()

    init(_ desk: AgentDesk, _ health: HealthEndpoint) {
        self.desk = desk
        self.health = health
    }

    /// Steps of a page; a person reads no more, a program can ask for more.
    private static let steps = 1_000
    private static let stepsMax = 20_000

    var routes: [HTTPRoute] {
        [
            page("/debug/") { request throws(DebugFormat.Fault) in
                try DebugFormat.refuseQuery(of: request)
                return DebugIndex.response
            },
            HTTPRoute(.get, "/debug") { _, _ in
                .now(HTTPResponse(status: 308, headers: ["Location": "/debug/"]))
            },
            page("/debug/tasks") { [self] request throws(DebugFormat.Fault) in try tasks(request) },
            page("/debug/memory") { [self] request throws(DebugFormat.Fault) in try memory(request)
            },
            HTTPRoute(.get, "/debug/spans") { [self] request, _ in
                do throws(DebugFormat.Fault) {
                    return try spans(request)
                } catch {
                    return .now(.problem(status: 400, detail: error.description))
                }
            },
            page("/debug/vars") { [self] request throws(DebugFormat.Fault) in
                try DebugFormat.refuseQuery(of: request)
                return .json(vars.json)
            },
        ]
    }

    private func page(
        _ path: String,
        _ body: @escaping @Sendable (HTTPRequest) throws(DebugFormat.Fault) -> HTTPResponse
    ) -> HTTPRoute {
        HTTPRoute(.get, path) { request, _ in
            do throws(DebugFormat.Fault) {
                return .now(try body(request).asDebugPage)
            } catch {
                return .now(.problem(status: 400, detail: error.description))
            }
        }
    }

    // MARK: - Pages

    private func tasks(_ request: HTTPRequest) throws(DebugFormat.Fault) -> HTTPResponse {
        let format = try DebugFormat(of: request, knows: ["limit", "run"])
        let limit = try format.number("limit", in: 1...Self.stepsMax) ?? Self.steps
        let wanted = format.value("run")
        let active = desk.host.active.filter { run in
            wanted.map { run.id.description.hasPrefix($0) || run.id.description.hasSuffix($0) }
                ?? true
        }
        let runs = active.map { ($0.snapshot, $0.lastLines) }
        // Where nothing runs, nobody has to be looked for.
        let reading = runs.isEmpty ? ProcessGroups.Reading() : groups.reading()
        let table = TaskTable(
            runs: runs,
            usage: reading.usage,
            isUsageComplete: reading.isComplete,
            at: RunClock.wallNow,
            limit: limit
        )
        return format.isHTML ? .html(table.html) : .json(table.json)
    }

    private func spans(_ request: HTTPRequest) throws(DebugFormat.Fault) -> HTTPReply {
        let format = try DebugFormat(of: request, knows: ["pipeline", "step", "limit"])
        var query = SpanTable.Query(
            pipeline: format.value("pipeline"),
            step: format.value("step")
        )
        if query.step != nil, query.pipeline == nil {
            throw DebugFormat.Fault(description: "`step` needs `pipeline`")
        }
        query.limit = try format.number("limit", in: 1...SpanTable.Query.limitMax) ?? query.limit
        return desk.spans.answer { [query, sampler = "\(desk.host.sampler)"] board in
            let table = SpanTable(board, query, sampler: sampler, at: RunClock.wallNow)
            let page: HTTPResponse = format.isHTML ? .html(table.html) : .json(table.json)
            return page.asDebugPage
        }
    }

    private func memory(_ request: HTTPRequest) throws(DebugFormat.Fault) -> HTTPResponse {
        let format = try DebugFormat(of: request)
        let facts = MemoryFacts()
        guard !format.isHTML else { return .html(facts.html) }
        var json = JSONWriter()
        facts.write(to: &json)
        json.piece("\n")
        return .json(json.bytes)
    }

    private var vars: DebugVars {
        var active: [String: Int] = [:]
        for run in desk.host.active { active[run.pipeline, default: 0] += 1 }
        return DebugVars(
            connections: desk.connections,
            export: desk.host.services.exporter?.statistics,
            lags: health.lags,
            activeRuns: active,
            isDraining: desk.isDraining
        )
    }
}

/// In which form a page is wanted: `?format=html` or `json`, else as `Accept` prefers; programs
/// that say nothing get JSON.
struct DebugFormat: Sendable {
    /// What was asked that has no meaning here.
    struct Fault: Error, CustomStringConvertible {
        var description: String
    }

    let isHTML: Bool
    private let query: [HTTPTarget.QueryItem]

    init(of request: HTTPRequest, knows names: [String] = []) throws(Fault) {
        query = request.target.query
        for item in query where item.name != "format" && !names.contains(item.name) {
            throw Fault(description: "`\(item.name)` is not supported yet")
        }
        switch request.target.value(of: "format") {
        case "html": isHTML = true
        case "json": isHTML = false
        case nil: isHTML = Self.prefersHTML(request.headers["Accept"] ?? "")
        case .some: throw Fault(description: "`format` is html or json")
        }
    }

    /// Of a page that has one form and takes no wishes.
    static func refuseQuery(of request: HTTPRequest) throws(Fault) {
        guard let item = request.target.query.first else { return }
        throw Fault(description: "`\(item.name)` is not supported yet")
    }

    /// Browsers name `text/html`; nobody else does.
    private static func prefersHTML(_ accept: String) -> Bool {
        accept.split(separator: ",").contains { range in
            let type = range.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }
            return type.lowercased() == "text/html"
        }
    }

    func value(_ name: String) -> String? {
        query.first { $0.name == name }?.value
    }

    func number(_ name: String, in range: ClosedRange<Int>) throws(Fault) -> Int? {
        guard let text = value(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            let bounds = "\(range.lowerBound) to \(range.upperBound)"
            throw Fault(description: "`\(name)` is a number from \(bounds)")
        }
        return number
    }
}

extension HTTPResponse {
    /// `bytes` is a page already.
    static func html(_ bytes: [UInt8]) -> HTTPResponse {
        HTTPResponse(contentType: "text/html; charset=utf-8", body: bytes)
    }

    /// A page of the moment, which takes nothing from elsewhere and is nobody's frame.
    fileprivate var asDebugPage: HTTPResponse {
        var page = self
        page.headers.append("Cache-Control", "no-store")
        page.headers.append("X-Content-Type-Options", "nosniff")
        page.headers.append(
            "Content-Security-Policy",
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
        )
        return page
    }
}
