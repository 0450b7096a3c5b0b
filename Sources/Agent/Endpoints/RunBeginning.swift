import Pipeline
import Telemetry
import Transport

/// A run that was asked for and is to begin, where a disk may be waited for.
struct RunBeginning: Sendable {
    let headers: HTTPFields
    /// For a request that may be sent again.
    let claim: RequestClaim?
    let desk: AgentDesk
    var overlap = OverlapPolicy.allow
    /// Finds out whether it can be run.
    let newRun: @Sendable (RunID) throws -> NewRun

    func response() -> HTTPResponse {
        let id = desk.drawID()
        do {
            var new = try newRun(id)
            new.request = claim?.request
            new.incoming = IncomingContext(propagators: desk.host.propagators) {
                headers.values($0)
            }
            try desk.host.checkRoom()
            let pipeline = new.plan.name
            new.overlap = try overlap.enter(pipeline, for: id, in: desk.state)
            guard new.overlap != nil else {
                claim?.drop()
                let detail = "another run of \(pipeline) goes on, and `overlap` is `skip`"
                return .problem(status: 409, detail: detail)
            }
            let run = try desk.host.start(new)
            let started = run.snapshot.started
            if let started { claim?.settle(started, at: RunClock.wallNow) }
            return .accepted(run.id, started?.trace.traceID ?? TraceID(high: id.high, low: id.low))
        } catch {
            resolveClaim(of: id)
            return refusal(error)
        }
    }

    /// A run that is remembered and could not go on here goes on with the next start: it is what
    /// answers the request from then on.
    private func resolveClaim(of id: RunID) {
        guard let claim else { return }
        if case .runStarted(let started)? = try? desk.state.run(id).firstEvent().event {
            claim.settle(started, at: RunClock.wallNow)
        } else {
            claim.drop()
        }
    }

    private func refusal(_ error: any Error) -> HTTPResponse {
        switch error {
        case let refusal as RunRequest.Refusal:
            .problem(status: 400, detail: refusal.description)
        case let fault as RetryFault: .problem(status: 409, detail: fault.description)
        case let full as RunHostFull:
            .problem(status: 503, detail: full.description, headers: ["Retry-After": "10"])
        case let none as RunHostExhausted:
            .problem(status: 503, detail: none.description, headers: ["Retry-After": "10"])
        case is RunHostClosed: .closed
        case let unready as RunHostUnready:
            .problem(status: 503, detail: unready.description, headers: ["Retry-After": "10"])
        case let state as StateError where state.isNoRoom:
            .problem(
                status: 503,
                detail: RunHostUnready(why: state.description).description,
                headers: ["Retry-After": "10"]
            )
        case let error as StateError: .problem(error)
        default: .problem(status: 500, detail: "the run could not be begun: \(error)")
        }
    }
}

extension HTTPResponse {
    /// The agent is on its way out.
    static let closed = problem(
        status: 503,
        detail: RunHostClosed().description,
        headers: ["Retry-After": "10"]
    )

    /// The run stands, and is looked at under `Location`.
    static func accepted(_ run: RunID, _ trace: TraceID) -> HTTPResponse {
        var json = JSONWriter()
        json.beginObject()
        json.key("run")
        json.string(run.description)
        json.key("trace")
        json.string(trace.description)
        json.endObject()
        var response = HTTPResponse.json(json.bytes, status: 202)
        response.headers.append("Location", "/api/v1/runs/\(run)")
        return response
    }

    /// `bytes` is JSON already.
    static func json(_ bytes: [UInt8], status: Int = 200) -> HTTPResponse {
        HTTPResponse(status: status, contentType: "application/json", body: bytes)
    }
}
