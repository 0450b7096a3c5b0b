import Pipeline
import Telemetry
import Transport

/// `/api/v1/pipelines`: what can be run, and running it.
struct PipelinesEndpoint: Sendable {
    let desk: AgentDesk

    var routes: [HTTPRoute] {
        [
            HTTPRoute(.get, "/api/v1/pipelines") { [self] _, _ in .now(list()) },
            HTTPRoute(.get, "/api/v1/pipelines/{name}") { [self] _, parameters in
                .now(show(parameters["name"] ?? ""))
            },
            HTTPRoute(
                .post,
                "/api/v1/pipelines/{name}/runs",
                body: .optional(["application/json"])
            ) { [self] request, parameters in
                start(parameters["name"] ?? "", request)
            },
        ]
    }

    private func list() -> HTTPResponse {
        let (pipelines, standing) = (desk.pipelines, desk.schedules)
        var json = JSONWriter()
        json.beginArray()
        for name in pipelines.names {
            guard let pipeline = pipelines.pipelines[name] else { continue }
            json.beginObject()
            json.key("name")
            json.string(name)
            if let description = pipeline.plan.description {
                json.key("description")
                json.string(description)
            }
            json.key("file")
            json.string(pipeline.file)
            json.key("steps")
            json.integer(pipeline.plan.steps.count)
            json.key("active")
            json.integer(desk.host.active.count { $0.pipeline == name })
            writeSchedules(of: pipeline.plan, next: standing.nextDue[name], &json)
            json.endObject()
        }
        json.endArray()
        return .json(json.bytes)
    }

    private func writeSchedules(of plan: Plan, next: Timestamp?, _ json: inout JSONWriter) {
        guard !plan.schedules.isEmpty else { return }
        json.key("schedules")
        json.beginArray()
        for schedule in plan.schedules { json.string(schedule.text) }
        json.endArray()
        guard let next else { return }
        json.key("next_due")
        json.string(RunClockText.instant(next))
    }

    private func show(_ name: String) -> HTTPResponse {
        guard let pipeline = desk.pipelines.pipelines[name] else { return unknown(name) }
        return .json(PlanJSON.json(pipeline.plan))
    }

    private func unknown(_ name: String) -> HTTPResponse {
        let near = NameSuggestion.nearest(to: name, among: desk.pipelines.names)
        let hint = near.map { "; did you mean `\($0)`?" } ?? ""
        return .problem(status: 404, detail: "no pipeline is called `\(name)`\(hint)")
    }

    // MARK: - Starting a run

    private func start(_ name: String, _ request: HTTPRequest) -> HTTPReply {
        if let refusal = Access.refusal(of: request, desk.token) { return .now(refusal) }
        let body: StartBody
        let key: IdempotencyKey?
        do {
            body = try StartBody(request.body)
            key = try IdempotencyKey.read(request.headers)
        } catch {
            return .now(.problem(status: 400, detail: "\(error)"))
        }
        let content = StartBody.digest(of: name, body.params)
        let claim: RequestClaim?
        switch desk.claim(key, content) {
        case .begin(let made): claim = made
        case .answer(let response): return .now(response)
        }
        guard !desk.isDraining else { return .now(.closed) }
        guard let pipeline = desk.pipelines.pipelines[name] else { return .now(unknown(name)) }
        var asked = pipeline.request(trigger: RunTrigger.api, outputs: desk.state.outputsPath)
        asked.params = body.params
        let environment = desk.environment
        var beginning = RunBeginning(headers: request.headers, claim: claim, desk: desk) {
            [asked] id in
            try asked.newRun(id, scheduledAt: RunClock.wallNow, environment: environment)
        }
        beginning.overlap = body.overlap
        return desk.later { [beginning] in beginning.response() }
    }
}
