import Pipeline
import Telemetry
import Transport

/// `/api/v1/runs/<id>/steps/<step>/logs`: what an attempt of a step has printed so far, as text.
struct StepLogsEndpoint: Sendable {
    let desk: AgentDesk

    /// The newest bytes of an answer: who wants more has `weir logs`.
    private static let bytesMax = 4 << 20
    private static let linesMax = 100_000

    var routes: [HTTPRoute] {
        [
            HTTPRoute(.get, "/api/v1/runs/{id}/steps/{step}/logs") { [self] request, parameters in
                do throws(Fault) {
                    let query = try Query(request.target.query)
                    return show(parameters["id"] ?? "", parameters["step"] ?? "", query)
                } catch {
                    return .now(.problem(status: 400, detail: error.description))
                }
            }
        ]
    }

    private struct Fault: Error {
        var description: String
    }

    private struct Query: Sendable {
        var attempt: Int?
        var lines = StepLogsEndpoint.linesMax
        var part = StepPart.main
        /// The records themselves, not the text in them.
        var isRecords = false

        init(_ items: [HTTPTarget.QueryItem]) throws(Fault) {
            for item in items {
                switch item.name {
                case "attempt": attempt = try Self.number(item, in: 1...1_000_000)
                case "tail": lines = try Self.number(item, in: 0...StepLogsEndpoint.linesMax)
                case "part":
                    guard let part = StepPart(rawValue: item.value) else {
                        let parts = StepPart.allCases.map(\.rawValue).joined(separator: ", ")
                        throw Fault(description: "`part` is one of \(parts)")
                    }
                    self.part = part
                case "format":
                    guard ["text", "records"].contains(item.value) else {
                        throw Fault(description: "`format` is text or records")
                    }
                    isRecords = item.value == "records"
                case "follow":
                    throw Fault(description: "`follow` is not supported here: `weir logs -f` does")
                default: throw Fault(description: "`\(item.name)` is not supported yet")
                }
            }
            guard !isRecords || attempt != nil && !items.contains(where: { $0.name == "tail" })
            else { throw Fault(description: "`format=records` wants `attempt`, and no `tail`") }
        }

        private static func number(
            _ item: HTTPTarget.QueryItem,
            in range: ClosedRange<Int>
        ) throws(Fault) -> Int {
            guard let number = Int(item.value), range.contains(number) else {
                let bounds = "\(range.lowerBound) to \(range.upperBound)"
                throw Fault(description: "`\(item.name)` is a number from \(bounds)")
            }
            return number
        }
    }

    private func show(_ reference: String, _ step: String, _ query: Query) -> HTTPReply {
        desk.read { [desk] in
            do throws(StateError) {
                let folder = try desk.state.resolve(reference)
                return try Self.response(folder, step, query)
            } catch {
                return .problem(error)
            }
        }
    }

    private static func response(
        _ folder: RunFolder,
        _ step: String,
        _ query: Query
    ) throws(StateError) -> HTTPResponse {
        let index = try RunLogIndex(folder)
        let attempts = index.attempts.filter { $0.step == step && $0.part == query.part }
        guard let wanted = query.attempt ?? attempts.last?.number else {
            if index.steps.contains(step) { return .text("") }
            // It may be one whose turn has not come.
            guard try folder.stepNames().contains(step) else {
                return .problem(status: 404, detail: "run \(folder.id) has no step `\(step)`")
            }
            return .text("")
        }
        guard attempts.contains(where: { $0.number == wanted }) else {
            let detail = "step `\(step)` of run \(folder.id) has no attempt \(wanted)"
            return .problem(status: 404, detail: detail)
        }
        let attempt = AttemptRef(step: step, part: query.part, number: wanted)
        if query.isRecords { return records(AttemptRecords(of: attempt, in: folder)) }
        return try text(folder, attempt, query)
    }

    private static func text(
        _ folder: RunFolder,
        _ attempt: AttemptRef,
        _ query: Query
    ) throws(StateError) -> HTTPResponse {
        let selection = RunLogIndex.Selection(
            step: attempt.step,
            attempt: attempt.number,
            part: attempt.part
        )
        let tail = try RunLogTail(folder, selection, wantsLines: true, last: query.lines)
        var newest = NewestBytes(limit: bytesMax)
        let style = LogStyle()
        _ = try tail.read { source, line in
            newest.append { style.append(line, of: source, to: &$0) }
            return true
        }
        _ = tail.finish { source, line in
            newest.append { style.append(line, of: source, to: &$0) }
            return true
        }
        newest.finish()
        // As the type says, whatever a step prints.
        var response = HTTPResponse.text(String(decoding: newest.bytes, as: UTF8.self))
        if newest.isCut { response.headers.append("Weir-Log-Cut", "true") }
        return response
    }
}

extension StepLogsEndpoint {
    private static func records(_ records: AttemptRecords) -> HTTPResponse {
        guard let bytes = records.read() else {
            let most = AttemptRecords.bytesMax >> 20
            let detail = "the log is over \(most) MiB: read it in the agent's state folder"
            return .problem(status: 413, detail: detail)
        }
        return HTTPResponse(contentType: "text/plain", body: bytes)
    }
}

/// The newest of what is appended, whole appends only.
private struct NewestBytes {
    let limit: Int
    private(set) var bytes: [UInt8] = []
    private(set) var isCut = false
    private var ends: [Int] = []

    init(limit: Int) {
        self.limit = limit
    }

    mutating func append(_ write: (inout [UInt8]) -> Void) {
        write(&bytes)
        ends.append(bytes.count)
        // At twice the limit, so that moving down costs little.
        if bytes.count > 2 * limit { cut() }
    }

    mutating func finish() {
        if bytes.count > limit { cut() }
    }

    private mutating func cut() {
        guard let end = ends.first(where: { bytes.count - $0 <= limit }) else { return }
        bytes.removeFirst(end)
        ends = ends.filter { $0 > end }.map { $0 - end }
        isCut = true
    }
}
