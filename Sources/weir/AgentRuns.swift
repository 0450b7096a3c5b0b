import Agent
import Pipeline
import Telemetry
import Transport

/// Runs of an agent, read as it keeps them.
struct AgentRuns: RunReader {
    private let client: AgentClient
    /// As much as an agent gives of a journal, and a line's end more.
    private static let journalBytesMax = (64 << 20) + 4_096
    private static let planBytesMax = 64 << 20
    /// Ids of one answer: fewer than fit into what is read of it.
    private static let idsOfAnswer = 50_000
    /// More runs nobody keeps; an agent that has no end is no agent.
    private static let idsMax = 10_000_000

    init(_ client: AgentClient) {
        self.client = client
    }

    var place: String { client.place }

    func runIDs() throws -> [RunID] {
        var ids: [RunID] = []
        while ids.count < Self.idsMax {
            let before = ids.last.map { "&before=\($0)" } ?? ""
            let path = "/api/v1/run-ids?limit=\(Self.idsOfAnswer)\(before)"
            let page = try runIDs(at: path)
            ids += page
            // What does not go on where it stopped would go on for ever.
            let last = page.last.map { ($0.high, $0.low) }
            guard page.count == Self.idsOfAnswer, let last,
                ids.dropLast(page.count).last.map({ last < ($0.high, $0.low) }) ?? true
            else { break }
        }
        return ids
    }

    func find(_ reference: String) throws -> FoundRun {
        let path = "/api/v1/runs/\(HTTPTarget.escaped(reference))/state"
        let value = try client.json(path)
        guard let id = value["run"]?.string.flatMap({ RunID(hex: $0) }),
            value["state"]?.string != nil
        else { throw noAgent }
        return FoundRun(id: id, owner: value["pid"]?.integer.map { Int32(clamping: $0) })
    }

    func find(_ id: RunID) throws -> FoundRun? {
        do {
            return try find(id.description)
        } catch let problem as AgentProblem where problem.status == 404 {
            return nil
        }
    }

    func folder(of run: FoundRun) throws -> RunFolder {
        let journal = try journal(of: run.id)
        // A run can be shown without its plan.
        let plan = try client.get("/api/v1/runs/\(run.id)/plan", limit: Self.planBytesMax)
        return RunFolder(
            id: run.id,
            from: client.place,
            journal: journal,
            plan: plan.status == 200 ? plan.body : nil
        )
    }

    private func journal(of run: RunID) throws -> [UInt8] {
        let journal = try client.get("/api/v1/runs/\(run)/events", limit: Self.journalBytesMax)
        guard journal.status == 200 else { throw client.problem(of: journal) }
        guard journal.body.isEmpty || journal.body.starts(with: #"{"crc":""#.utf8) else {
            throw client.stranger(journal)
        }
        return journal.body
    }

    func refresh(_ folder: RunFolder) throws -> Int32? {
        let owner = try find(folder.id.description).owner
        let files = folder.storage as? HeldFiles
        files?.replace(folder.journalPath, with: try journal(of: folder.id))
        return owner
    }

    func history(of run: RunSnapshot) throws -> [RunSnapshot] {
        guard let id = run.started?.run else { return [] }
        return try runIDs(at: "/api/v1/runs/\(id)/history").prefix(100).compactMap { id in
            do {
                return try folder(of: FoundRun(id: id)).snapshot()
            } catch let error where !(error is CommandError) {
                // One that cannot be read, or was deleted meanwhile, says nothing.
                return nil
            }
        }
    }

    func logs(of run: FoundRun) throws -> RemoteLogs? {
        try RemoteLogs(client, run.id)
    }

    func cancel(_ run: FoundRun, isForced: Bool) throws -> Int32? {
        let answer = try client.post(
            "/api/v1/runs/\(run.id)/cancel",
            Array((isForced ? #"{"force":true}"# : "{}").utf8)
        )
        if answer.status == 409 { throw RunReaderFault.ended(run.id) }
        guard answer.status == 202 else {
            let detail = answer.value["detail"]?.string ?? "the agent answered \(answer.status)"
            throw CommandError(AgentProblem(status: answer.status, detail).description)
        }
        return answer.value["pid"]?.integer.map { Int32(clamping: $0) }
    }

    private func runIDs(at path: String) throws -> [RunID] {
        guard let items = try client.json(path).array else { throw noAgent }
        return try items.map { item in
            guard let id = item.string.flatMap({ RunID(hex: $0) }) else { throw noAgent }
            return id
        }
    }

    private var noAgent: CommandError {
        CommandError("what answers at \(client.place) is no weir agent")
    }
}

/// What attempts of a run have printed, asked for when it is read.
final class RemoteLogs {
    private let client: AgentClient
    private let run: RunID
    /// Whether its lines have times.
    private var printed: [AttemptRef: Bool] = [:]
    /// What kept something from being read.
    private(set) var fault: (any Error)?

    init(_ client: AgentClient, _ run: RunID) throws {
        self.client = client
        self.run = run
        for item in try client.json("/api/v1/runs/\(run)/logs").array ?? [] {
            guard let step = item["step"]?.string, let number = item["attempt"]?.integer,
                let part = item["part"]?.string.flatMap(StepPart.init(rawValue:))
            else { throw CommandError("what answers at \(client.place) is no weir agent") }
            let attempt = AttemptRef(step: step, part: part, number: Int(clamping: number))
            printed[attempt] = item["timed"]?.boolean ?? true
        }
    }

    func reader(of attempt: AttemptRef) -> AttemptLogReader {
        guard let isTimed = printed[attempt] else {
            return AttemptLogReader(isPlain: false, fetch: nil)
        }
        return AttemptLogReader(isPlain: !isTimed) { [self] in bytes(of: attempt) }
    }

    /// Reads an attempt while it prints.
    func follower(of attempt: AttemptRef) -> AttemptLogReader {
        AttemptLogReader(isThere: printed[attempt] != nil) { [self] in
            bytes(of: attempt, mayBeMissing: true)
        }
    }

    private func bytes(of attempt: AttemptRef, mayBeMissing: Bool = false) -> [UInt8] {
        let step = HTTPTarget.escaped(attempt.step)
        let query = "format=records&attempt=\(attempt.number)&part=\(attempt.part.rawValue)"
        do {
            let answer = try client.get(
                "/api/v1/runs/\(run)/steps/\(step)/logs?\(query)",
                limit: AttemptRecords.bytesMax + 4_096
            )
            // It has begun, and printed nothing yet.
            if answer.status == 404, mayBeMissing { return [] }
            guard answer.status == 200 else { throw client.problem(of: answer) }
            return answer.body
        } catch {
            fault = fault ?? error
            return []
        }
    }
}
