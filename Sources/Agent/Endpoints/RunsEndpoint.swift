import Pipeline
import Telemetry
import Transport

/// `/api/v1/runs`: what ran, what runs, and ending it.
struct RunsEndpoint: Sendable {
    let desk: AgentDesk

    var routes: [HTTPRoute] {
        [
            HTTPRoute(.get, "/api/v1/runs") { [self] request, _ in list(request) },
            HTTPRoute(.get, "/api/v1/runs/{id}") { [self] _, parameters in
                show(parameters["id"] ?? "")
            },
            HTTPRoute(.get, "/api/v1/runs/{id}/explain") { [self] _, parameters in
                explain(parameters["id"] ?? "")
            },
            HTTPRoute(.post, "/api/v1/runs/{id}/cancel", body: .optional(["application/json"])) {
                [self] request, parameters in
                cancel(parameters["id"] ?? "", request)
            },
            HTTPRoute(.post, "/api/v1/runs/{id}/retry", body: .optional(["application/json"])) {
                [self] request, parameters in
                retry(parameters["id"] ?? "", request)
            },
        ]
    }

    // MARK: - Reading

    private func list(_ request: HTTPRequest) -> HTTPReply {
        let filter: RunFilter
        do throws(StartBody.Fault) {
            filter = try RunFilter(request.target.query)
        } catch {
            return .now(.problem(status: 400, detail: error.description))
        }
        return desk.read { [desk] in
            do throws(StateError) {
                let page = try filter.page(of: desk)
                var response = HTTPResponse.json(RunListText.json(page.rows))
                if let next = page.next {
                    // RFC 8288: the list itself stays a list.
                    response.headers.append("Link", "</api/v1/runs?\(next)>; rel=\"next\"")
                }
                return response
            } catch {
                return .problem(status: 500, detail: error.description)
            }
        }
    }

    private func show(_ reference: String) -> HTTPReply {
        if let id = RunID(hex: reference), let run = desk.host.run(id) {
            return .now(.json(RunReport.json(run.snapshot, at: RunClock.wallNow)))
        }
        return desk.read { [desk] in
            found(reference, desk) { folder throws(StateError) in
                .json(RunReport.json(try folder.snapshot(), at: RunClock.wallNow))
            }
        }
    }

    private func explain(_ reference: String) -> HTTPReply {
        if let id = RunID(hex: reference), let run = desk.host.run(id) {
            return .now(.json(Explanation(run.snapshot, at: RunClock.wallNow).json))
        }
        return desk.read { [desk] in
            found(reference, desk) { folder throws(StateError) in
                let isRunning = try folder.ownerPID() != nil
                let run = try folder.snapshot()
                let isInterrupted = run.end == nil && !isRunning
                let now = RunClock.wallNow
                return .json(Explanation(run, isInterrupted: isInterrupted, at: now).json)
            }
        }
    }

    // MARK: - Changing

    private func cancel(_ reference: String, _ request: HTTPRequest) -> HTTPReply {
        if let refusal = Access.refusal(of: request, desk.token) { return .now(refusal) }
        let isForced: Bool
        do throws(StartBody.Fault) {
            isForced = try CancelBody(request.body).isForced
        } catch {
            return .now(.problem(status: 400, detail: error.description))
        }
        return desk.later { [desk] in
            found(reference, desk) { folder throws(StateError) in
                if case .finished = try folder.summary().state {
                    let detail = "run \(folder.id) has ended already"
                    return .problem(status: 409, detail: detail)
                }
                let owner = try folder.ownerPID()
                try folder.inbox.post(.cancel(by: "api", isForced: isForced))
                return .json(CancelBody.answer(for: folder.id, owner: owner), status: 202)
            }
        }
    }

    private func retry(_ reference: String, _ request: HTTPRequest) -> HTTPReply {
        if let refusal = Access.refusal(of: request, desk.token) { return .now(refusal) }
        let scope: RetryPlan.Scope
        let key: IdempotencyKey?
        do {
            scope = try RetryBody(request.body).scope
            key = try IdempotencyKey.read(request.headers)
        } catch {
            return .now(.problem(status: 400, detail: "\(error)"))
        }
        let claim: RequestClaim?
        switch desk.claim(key, RetryBody.digest(of: reference, scope)) {
        case .begin(let made): claim = made
        case .answer(let response): return .now(response)
        }
        guard !desk.isDraining else { return .now(.closed) }
        let (state, environment) = (desk.state, desk.environment)
        let beginning = RunBeginning(headers: request.headers, claim: claim, desk: desk) { id in
            try RetrySource(state.resolve(reference))
                .newRun(id, scope, trigger: RunTrigger.api, environment: environment)
        }
        return desk.later { beginning.response() }
    }

    private func found(
        _ reference: String,
        _ desk: AgentDesk,
        _ body: (RunFolder) throws(StateError) -> HTTPResponse
    ) -> HTTPResponse {
        do throws(StateError) {
            return try body(try desk.state.resolve(reference))
        } catch {
            return .problem(error)
        }
    }
}

extension HTTPResponse {
    /// What cannot be done with a run, and whose fault that is.
    static func problem(_ error: StateError) -> HTTPResponse {
        switch error {
        case .noSuchRun: problem(status: 404, detail: error.description)
        case .ambiguousRun, .unfinished: problem(status: 409, detail: error.description)
        default: problem(status: 500, detail: error.description)
        }
    }
}
