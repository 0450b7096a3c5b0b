import Pipeline
import Transport

/// `POST /api/v1/gc`: deletes runs now, by the agent's limits or by those of the request.
struct GcEndpoint: Sendable {
    private let desk: AgentDesk
    private let retention: AgentRetention

    init(_ desk: AgentDesk, _ retention: AgentRetention) {
        self.desk = desk
        self.retention = retention
    }

    var routes: [HTTPRoute] {
        [
            HTTPRoute(.post, "/api/v1/gc", body: .optional(["application/json"])) {
                [self] request, _ in
                collect(request)
            }
        ]
    }

    private func collect(_ request: HTTPRequest) -> HTTPReply {
        if let refusal = Access.refusal(of: request, desk.token) { return .now(refusal) }
        let body: GcBody
        do throws(RetentionFault) {
            body = try GcBody(request.body, over: retention.limits)
        } catch {
            return .now(.problem(status: 400, detail: error.description))
        }
        return desk.read { [retention] in
            do throws(StateError) {
                let report = try retention.collector.collect(
                    body.limits,
                    at: RunClock.wallNow,
                    // What nobody deletes is not done in turns: the next would begin anew.
                    atMost: body.isDry ? .max : AgentRetention.turn,
                    isDry: body.isDry
                )
                return .json(report.json)
            } catch {
                return .problem(status: 500, detail: error.description)
            }
        }
    }
}
