import Pipeline
import Telemetry
import Transport

/// The query of a list of runs: `pipeline`, `result`, `since` and `before` (a run's id: only newer
/// or older ones), `limit`.
struct RunFilter: Sendable {
    /// A part of the list, newest first.
    struct Page: Sendable {
        /// Runs that cannot be read are named as such.
        var rows: [RunListRow] = []
        /// The query of what follows; `nil` at the end.
        var next: String?
    }

    /// Rows of one answer.
    private static let mostRows = 1_000
    /// Journals looked into for one answer, whether their runs are wanted or not: some tens of
    /// milliseconds, so that a rare kind of run keeps nobody waiting who asks for another.
    static let mostLooks = 1_000

    private let query: [HTTPTarget.QueryItem]
    private var pipeline: String?
    private var result: String?
    private var since: RunID?
    private var before: RunID?
    private var limit = 100

    init(_ query: [HTTPTarget.QueryItem]) throws(StartBody.Fault) {
        self.query = query
        for item in query {
            switch item.name {
            case "pipeline": pipeline = item.value
            case "result":
                guard RunResult(rawValue: item.value) != nil else {
                    let known = RunResult.allCases.map(\.rawValue).joined(separator: ", ")
                    throw StartBody.Fault(description: "`result` is one of \(known)")
                }
                result = item.value
            case "since": since = try Self.run(item)
            case "before": before = try Self.run(item)
            case "limit":
                guard let count = Int(item.value), (1...Self.mostRows).contains(count) else {
                    let fault = "`limit` is a number from 1 to \(Self.mostRows)"
                    throw StartBody.Fault(description: fault)
                }
                limit = count
            default:
                throw StartBody.Fault(description: "`\(item.name)` is not supported yet")
            }
        }
    }

    private static func run(_ item: HTTPTarget.QueryItem) throws(StartBody.Fault) -> RunID {
        guard let id = RunID(hex: item.value) else {
            throw StartBody.Fault(description: "`\(item.name)` is the id of a run")
        }
        return id
    }

    /// Looks into a bounded number of runs.
    func page(of desk: AgentDesk) throws(StateError) -> Page {
        var page = Page()
        var looks = 0
        var last: RunID?
        for id in try desk.state.runIDs() {
            if let before, !isNewer(before, than: id) { continue }
            if let since, !isNewer(id, than: since) { break }
            if let last, page.rows.count == limit || looks == Self.mostLooks {
                page.next = query(before: last)
                break
            }
            looks += 1
            last = id
            if let row = row(of: id, desk), isWanted(row) { page.rows.append(row) }
        }
        return page
    }

    private func isWanted(_ row: RunListRow) -> Bool {
        guard pipeline == nil || row.pipeline == pipeline else { return false }
        guard let result else { return true }
        guard case .ended(let outcome) = row.status else { return false }
        return outcome.result.rawValue == result
    }

    private func isNewer(_ id: RunID, than other: RunID) -> Bool {
        (id.high, id.low) > (other.high, other.low)
    }

    /// The same question, for what is older than `run`.
    private func query(before run: RunID) -> String {
        let rest = query.filter { $0.name != "before" }
            .map { "\($0.name)=\(HTTPTarget.escaped($0.value))&" }
        return rest.joined() + "before=\(run)"
    }

    /// - Returns: `nil` for a run that was deleted meanwhile.
    private func row(of id: RunID, _ desk: AgentDesk) -> RunListRow? {
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
            if case .noSuchRun = error { return nil }
            return RunListRow(run: id, status: .unreadable, detail: error.description)
        }
    }
}
