import Pipeline
import Telemetry
import Transport

/// `/api/v1/runs`: what ran, what runs, and ending it.
struct RunsEndpoint: Sendable {
    let desk: AgentDesk

    /// More is asked for page by page, with `since`.
    private static let mostRuns = 1_000

    var routes: [HTTPRoute] {
        [
            HTTPRoute(.get, "/api/v1/runs") { [self] request, _ in list(request) },
            HTTPRoute(.get, "/api/v1/runs/{id}") { [self] _, parameters in
                show(parameters["id"] ?? "")
            },
            HTTPRoute(.post, "/api/v1/runs/{id}/cancel", body: .optional(["application/json"])) {
                [self] request, parameters in
                cancel(parameters["id"] ?? "", request)
            },
        ]
    }

    // MARK: - Reading

    private func list(_ request: HTTPRequest) -> HTTPReply {
        let filter: RunFilter
        do throws(StartBody.Fault) {
            filter = try RunFilter(request.target.query, most: Self.mostRuns)
        } catch {
            return .now(.problem(status: 400, detail: error.description))
        }
        return desk.later { [desk] in
            do throws(StateError) {
                return .json(RunListText.json(try filter.rows(of: desk)))
            } catch {
                return .problem(status: 500, detail: error.description)
            }
        }
    }

    private func show(_ reference: String) -> HTTPReply {
        if let id = RunID(hex: reference), let run = desk.host.run(id) {
            return .now(.json(RunReport.json(run.snapshot, at: RunClock.wallNow)))
        }
        return desk.later { [desk] in
            found(reference, desk) { folder throws(StateError) in
                .json(RunReport.json(try folder.snapshot(), at: RunClock.wallNow))
            }
        }
    }

    // MARK: - Changing

    private func cancel(_ reference: String, _ request: HTTPRequest) -> HTTPReply {
        if let refusal = Access.refusal(of: request, desk.token) { return .now(refusal) }
        guard request.body.isEmpty || request.body.elementsEqual("{}".utf8) else {
            return .now(.problem(status: 400, detail: "a body is not supported yet: send none"))
        }
        return desk.later { [desk] in
            found(reference, desk) { folder throws(StateError) in
                if case .finished = try folder.summary().state {
                    let detail = "run \(folder.id) has finished"
                    return .problem(status: 409, detail: detail)
                }
                try folder.inbox.post(.cancel(by: "api", isForced: false))
                return .json(Array("{\"run\":\"\(folder.id)\"}\n".utf8), status: 202)
            }
        }
    }

    private func found(
        _ reference: String,
        _ desk: AgentDesk,
        _ body: (RunFolder) throws(StateError) -> HTTPResponse
    ) -> HTTPResponse {
        do throws(StateError) {
            return try body(try desk.state.resolve(reference))
        } catch {
            switch error {
            case .noSuchRun: return .problem(status: 404, detail: error.description)
            case .ambiguousRun: return .problem(status: 409, detail: error.description)
            default: return .problem(status: 500, detail: error.description)
            }
        }
    }
}

/// The query of a list of runs: `pipeline`, `result`, `since` (a run's id: only newer ones), `limit`.
struct RunFilter: Sendable {
    private var pipeline: String?
    private var result: String?
    private var since: RunID?
    private var limit = 100

    init(_ query: [HTTPTarget.QueryItem], most: Int) throws(StartBody.Fault) {
        for item in query {
            switch item.name {
            case "pipeline": pipeline = item.value
            case "result":
                guard RunResult(rawValue: item.value) != nil else {
                    let known = RunResult.allCases.map(\.rawValue).joined(separator: ", ")
                    throw StartBody.Fault(description: "`result` is one of \(known)")
                }
                result = item.value
            case "since":
                guard let id = RunID(hex: item.value) else {
                    throw StartBody.Fault(description: "`since` is the id of a run")
                }
                since = id
            case "limit":
                guard let count = Int(item.value), (1...most).contains(count) else {
                    throw StartBody.Fault(description: "`limit` is a number from 1 to \(most)")
                }
                limit = count
            default:
                throw StartBody.Fault(description: "`\(item.name)` is not supported yet")
            }
        }
    }

    /// Newest first; runs that cannot be read are named as such.
    func rows(of desk: AgentDesk) throws(StateError) -> [RunListRow] {
        var rows: [RunListRow] = []
        for id in try desk.state.runIDs() {
            if let since, (id.high, id.low) <= (since.high, since.low) { break }
            let row = row(of: id, desk)
            guard pipeline == nil || row.pipeline == pipeline else { continue }
            if let result {
                guard case .ended(let outcome) = row.status, outcome.result.rawValue == result
                else { continue }
            }
            rows.append(row)
            if rows.count == limit { break }
        }
        return rows
    }

    private func row(of id: RunID, _ desk: AgentDesk) -> RunListRow {
        let now = RunClock.wallNow
        if let run = desk.host.run(id), let row = RunListRow(run.snapshot, at: now) { return row }
        let folder = desk.state.run(id)
        do throws(StateError) {
            let summary = try folder.summary()
            let end: RunListRow.Status
            switch summary.state {
            case .finished(let finished): end = .ended(finished.outcome)
            case .running: end = .active(.executing)
            case .interrupted: end = .interrupted
            }
            return RunListRow(
                run: id,
                pipeline: summary.started.pipeline,
                status: end,
                startedAt: summary.startedAt,
                duration: summary.lastEventAt - summary.startedAt,
                total: summary.started.stepCount
            )
        } catch {
            return RunListRow(run: id, status: .unreadable, detail: error.description)
        }
    }
}
