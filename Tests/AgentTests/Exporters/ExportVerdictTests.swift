import Agent
import Telemetry
import Testing
import Transport

struct ExportVerdictTests {
    struct Answer: CustomTestStringConvertible {
        var status: Int
        var body = ""
        var retryAfter: Duration?
        var verdict: ExportVerdict
        var testDescription: String { "\(status) \(body.prefix(40))" }
    }

    @Test(arguments: [
        Answer(status: 200, body: "{}", verdict: .accepted(rejected: 0, warning: nil)),
        Answer(status: 200, verdict: .accepted(rejected: 0, warning: nil)),
        Answer(status: 202, body: "queued", verdict: .accepted(rejected: 0, warning: nil)),
        Answer(status: 204, verdict: .accepted(rejected: 0, warning: nil)),
        Answer(
            status: 200,
            body: "<html>\u{0}",
            verdict: .accepted(rejected: 0, warning: nil)
        ),
        Answer(
            status: 200,
            body: #"{"partialSuccess":{"rejectedSpans":"3","errorMessage":"too old"}}"#,
            verdict: .accepted(rejected: 3, warning: "too old")
        ),
        Answer(
            status: 200,
            body: #"{"partialSuccess":{"rejectedSpans":2}}"#,
            verdict: .accepted(rejected: 2, warning: nil)
        ),
        Answer(
            status: 200,
            body: #"{"partialSuccess":{"errorMessage":"slow down"}}"#,
            verdict: .accepted(rejected: 0, warning: "slow down")
        ),
        Answer(
            status: 200,
            body: #"{"partialSuccess":{"rejectedSpans":"-1"}}"#,
            verdict: .accepted(rejected: 0, warning: nil)
        ),
        Answer(
            status: 200,
            body: #"{"partialSuccess":{"rejectedSpans":"99999999999999999999"}}"#,
            verdict: .accepted(rejected: 0, warning: nil)
        ),
        Answer(
            status: 200,
            body: #"{"partialSuccess":{}}"#,
            verdict: .accepted(rejected: 0, warning: nil)
        ),
        Answer(status: 400, verdict: .halve(.status(400))),
        Answer(status: 413, verdict: .halve(.status(413))),
        Answer(
            status: 429,
            retryAfter: .seconds(7),
            verdict: .retry(.status(429), after: .seconds(7))
        ),
        Answer(status: 502, verdict: .retry(.status(502), after: nil)),
        Answer(status: 503, verdict: .retry(.status(503), after: nil)),
        Answer(status: 504, verdict: .retry(.status(504), after: nil)),
        Answer(status: 307, verdict: .park(.status(307))),
        Answer(status: 401, verdict: .park(.status(401))),
        Answer(status: 403, verdict: .park(.status(403))),
        Answer(status: 404, verdict: .park(.status(404))),
        Answer(status: 408, verdict: .park(.status(408))),
        Answer(status: 500, verdict: .park(.status(500))),
        Answer(status: 501, verdict: .park(.status(501))),
    ])
    func `an answer means what OTLP says it means`(_ answer: Answer) {
        let response = CurlResponse(
            status: answer.status,
            retryAfter: answer.retryAfter,
            body: Array(answer.body.utf8),
            bodyLength: answer.body.utf8.count
        )
        #expect(ExportVerdict(.response(response)) == answer.verdict)
    }

    @Test(arguments: CurlFailure.Kind.allCases)
    func `no answer is tried again, unless it is our own doing`(_ kind: CurlFailure.Kind) {
        let failure = CurlFailure(kind, code: 7, message: "words")
        let expected: ExportVerdict =
            switch kind {
            case .aborted: .abandoned
            case .request: .park(.unusable("words"))
            default: .retry(.transport(failure), after: nil)
            }
        #expect(ExportVerdict(.failure(failure)) == expected)
    }

    @Test func `problems are told in plain words`() {
        let refused = CurlFailure(.refused, code: 7, message: "Failed to connect")
        #expect("\(ExportProblem.transport(refused))" == "collector refused")
        #expect("\(ExportProblem.status(401))" == "collector answered 401")
        #expect("\(ExportProblem.unanswered)" == "collector did not answer in time")
    }
}
