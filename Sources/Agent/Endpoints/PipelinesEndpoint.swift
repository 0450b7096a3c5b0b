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
        let pipelines = desk.pipelines
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
            json.endObject()
        }
        json.endArray()
        return .json(json.bytes)
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
        guard !desk.isDraining else {
            let detail = RunHostClosed().description
            return .now(
                .problem(status: 503, detail: detail, headers: ["Retry-After": "10"])
            )
        }
        guard let pipeline = desk.pipelines.pipelines[name] else { return .now(unknown(name)) }
        guard request.headers["Idempotency-Key"] == nil else {
            return .now(.problem(status: 501, detail: "Idempotency-Key is not supported yet"))
        }
        var run = pipeline.request(trigger: RunTrigger.api, outputs: desk.state.outputsPath)
        do throws(StartBody.Fault) {
            run.params = try StartBody(request.body).params
        } catch {
            return .now(.problem(status: 400, detail: error.description))
        }
        let asked = run
        let headers = request.headers
        return desk.later { [desk] in begin(asked, headers, desk) }
    }

    private func begin(
        _ request: RunRequest,
        _ headers: HTTPFields,
        _ desk: AgentDesk
    ) -> HTTPResponse {
        do {
            var new = try request.newRun(
                desk.drawID(),
                scheduledAt: RunClock.wallNow,
                environment: desk.environment
            )
            new.incoming = IncomingContext(propagators: desk.host.propagators) {
                headers.values($0)
            }
            return accepted(try desk.host.start(new))
        } catch let refusal as RunRequest.Refusal {
            return .problem(status: 400, detail: refusal.description)
        } catch let full as RunHostFull {
            let headers: HTTPFields = ["Retry-After": "10"]
            return .problem(status: 503, detail: full.description, headers: headers)
        } catch let closed as RunHostClosed {
            return .problem(status: 503, detail: closed.description)
        } catch {
            return .problem(status: 500, detail: "the run could not be begun: \(error)")
        }
    }

    private func accepted(_ run: HostedRun) -> HTTPResponse {
        var json = JSONWriter()
        json.beginObject()
        json.key("run")
        json.string(run.id.description)
        json.key("trace")
        json.string((run.snapshot.started?.trace.traceID.description) ?? run.id.description)
        json.endObject()
        var response = HTTPResponse.json(json.bytes, status: 202)
        response.headers.append("Location", "/api/v1/runs/\(run.id)")
        return response
    }
}

/// The body of a request for a run: `{"params": {"name": "value"}}`, or nothing.
struct StartBody {
    var params: [(name: String, value: String)] = []

    struct Fault: Error, CustomStringConvertible {
        var description: String
    }

    init(_ bytes: [UInt8]) throws(Fault) {
        guard !bytes.isEmpty else { return }
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: bytes)
        } catch {
            throw Fault(description: "the body is not JSON: \(error)")
        }
        guard case .object(let members) = value else {
            throw Fault(description: #"the body is not an object: send {"params": {…}}"#)
        }
        for member in members {
            guard member.key == "params" else {
                throw Fault(description: "`\(member.key)` is not supported yet: `params` is")
            }
            params = try StartBody.params(member.value)
        }
    }

    private static func params(
        _ value: JSONValue
    ) throws(Fault) -> [(name: String, value: String)] {
        guard case .object(let members) = value else {
            throw Fault(description: #"`params` is not an object of names and values"#)
        }
        var params: [(name: String, value: String)] = []
        for member in members {
            guard let text = text(of: member.value) else {
                let kinds = "a string, a number, true or false"
                throw Fault(description: "parameter `\(member.key)` is not \(kinds)")
            }
            params.append((member.key, text))
        }
        return params
    }

    private static func text(of value: JSONValue) -> String? {
        switch value {
        case .string(let text): text
        case .integer(let number): String(number)
        case .double(let number): "\(number)"
        case .boolean(let flag): flag ? "true" : "false"
        case .null, .array, .object: nil
        }
    }
}

extension HTTPResponse {
    /// `bytes` is JSON already.
    static func json(_ bytes: [UInt8], status: Int = 200) -> HTTPResponse {
        HTTPResponse(status: status, contentType: "application/json", body: bytes)
    }
}
