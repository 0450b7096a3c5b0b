import Journal
import Pipeline
import Transport

/// What a run's folder holds, as it is kept: whoever has it folds and renders it alone, as `weir
/// show --agent` does.
struct RunRecordEndpoint: Sendable {
    let desk: AgentDesk

    /// A run of a million events; who has a longer one has a disk to read it from.
    static let journalBytesMax = 64 << 20
    /// Ids of one answer, which come from a folder's listing alone.
    static let idsMax = 50_000

    private typealias Answer = @Sendable (RunFolder) throws(StateError) -> HTTPResponse

    var routes: [HTTPRoute] {
        [
            HTTPRoute(.get, "/api/v1/run-ids") { [self] request, _ in list(request) },
            route("state", Self.state),
            HTTPRoute(.get, "/api/v1/runs/{id}/events") { [self] request, parameters in
                Self.refusesLines(request)
                    ? .now(.problem(status: 406, detail: Self.noStream))
                    : reply(to: request, parameters, Self.events)
            },
            route("plan", Self.plan),
            route("history") { [desk] folder throws(StateError) in
                try Self.history(of: folder, in: desk.state)
            },
            route("logs", Self.logs),
        ]
    }

    private func route(_ name: String, _ answer: @escaping Answer) -> HTTPRoute {
        HTTPRoute(.get, "/api/v1/runs/{id}/\(name)") { [self] request, parameters in
            reply(to: request, parameters, answer)
        }
    }

    private func reply(
        to request: HTTPRequest,
        _ parameters: HTTPRoute.Parameters,
        _ answer: @escaping Answer
    ) -> HTTPReply {
        if let item = request.target.query.first {
            return .now(.problem(status: 400, detail: "`\(item.name)` is not supported yet"))
        }
        let reference = parameters["id"] ?? ""
        return desk.read { [desk] in
            do throws(StateError) {
                return try answer(try desk.state.resolve(reference))
            } catch {
                return .problem(error)
            }
        }
    }

    // MARK: - The list

    /// `before=ID` goes on behind a run, `limit=N` asks for less.
    private func list(_ request: HTTPRequest) -> HTTPReply {
        var before: RunID?
        var limit = Self.idsMax
        for item in request.target.query {
            switch (item.name, RunID(hex: item.value), Int(item.value)) {
            case ("before", let id?, _): before = id
            case ("limit", _, let count?) where (1...Self.idsMax).contains(count): limit = count
            default:
                let detail = "`before` is the id of a run, `limit` a number up to \(Self.idsMax)"
                return .now(.problem(status: 400, detail: detail))
            }
        }
        return desk.read { [desk, before, limit] in
            do throws(StateError) {
                let ids = try desk.state.runIDs().lazy.filter { id in
                    before.map { (id.high, id.low) < ($0.high, $0.low) } ?? true
                }
                return .json(Self.array(ids.prefix(limit)))
            } catch {
                return .problem(error)
            }
        }
    }

    private static func array(_ ids: some Sequence<RunID>) -> [UInt8] {
        var json = JSONWriter()
        json.beginArray()
        for id in ids { json.string(id.description) }
        json.endArray()
        json.piece("\n")
        return json.bytes
    }

    // MARK: - One run

    /// Who runs it is asked before the journal is: a run that ends meanwhile is seen as ended, and
    /// never as one that nobody runs.
    private static func state(_ folder: RunFolder) throws(StateError) -> HTTPResponse {
        let owner = try folder.ownerPID()
        var word = owner == nil ? "interrupted" : "running"
        do throws(StateError) {
            if case .finished = try folder.summary().state { word = "finished" }
        } catch {
            if case .noSuchRun = error { throw error }
            word = "unreadable"
        }
        var json = JSONWriter()
        json.beginObject()
        json.key("run")
        json.string(folder.id.description)
        json.key("state")
        json.string(word)
        if let owner {
            json.key("pid")
            json.integer(Int64(owner))
        }
        json.endObject()
        json.piece("\n")
        return .json(json.bytes)
    }

    private static let noStream = "server-sent events are not supported yet"

    private static func refusesLines(_ request: HTTPRequest) -> Bool {
        let types = (request.headers["Accept"] ?? "").lowercased().split(separator: ",")
            .map { $0.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" } }
        return types.contains("text/event-stream") && !types.contains("application/jsonl")
    }

    /// The journal's lines that are whole.
    private static func events(_ folder: RunFolder) throws(StateError) -> HTTPResponse {
        var bytes: [UInt8]
        do throws(JournalError) {
            bytes = try folder.storage.readFile(folder.journalPath, limit: journalBytesMax)
        } catch {
            if case .fileTooLong = error {
                let most = "\(journalBytesMax >> 20) MiB"
                let detail = "the journal is over \(most): read it in the agent's state folder"
                return .problem(status: 413, detail: detail)
            }
            throw folder.told(.journal(error))
        }
        let end = bytes.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        bytes.removeSubrange(end...)
        return HTTPResponse(contentType: "application/jsonl", body: bytes)
    }

    private static func plan(_ folder: RunFolder) throws(StateError) -> HTTPResponse {
        .json(try folder.plan().json)
    }

    /// The runs that say what is usual for this one.
    private static func history(
        of folder: RunFolder,
        in state: StateFolder
    ) throws(StateError) -> HTTPResponse {
        guard case .runStarted(let started) = try folder.firstEvent().event else {
            throw .noStart(run: folder.id, path: folder.journalPath)
        }
        let runs = state.history(of: started.pipeline, before: started.run)
        return .json(array(runs.compactMap { $0.started?.run }))
    }

    /// The attempts that have printed anything.
    private static func logs(_ folder: RunFolder) throws(StateError) -> HTTPResponse {
        var json = JSONWriter()
        json.beginArray()
        for attempt in try RunLogIndex(folder).attempts {
            let reader = AttemptLogReader(attempt, of: folder)
            guard reader.isThere else { continue }
            json.beginObject()
            json.key("step")
            json.string(attempt.step)
            json.key("part")
            json.string(attempt.part.rawValue)
            json.key("attempt")
            json.integer(attempt.number)
            json.key("timed")
            json.boolean(!reader.isOfOlderVersion)
            json.endObject()
        }
        json.endArray()
        json.piece("\n")
        return .json(json.bytes)
    }
}
