import Pipeline
package import Telemetry
package import Transport

/// What an answer means for the spans that were sent (OTLP/HTTP, "OTLP/HTTP Response"; design §5).
package enum ExportVerdict: Hashable, Sendable {
    /// Arrived. `rejected` of them were refused for good; they are counted and not sent again.
    case accepted(rejected: Int, warning: String?)
    /// Something among them is at fault: halve, until it stands alone.
    case halve(ExportProblem)
    /// The collector cannot take them now; not before `after`, when it has said so.
    case retry(ExportProblem, after: Duration?)
    /// The collector will not take them until somebody changes something.
    case park(ExportProblem)
    /// We gave up waiting ourselves: nothing is known, nothing is anybody's fault.
    case abandoned

    /// - Parameters:
    ///   - result: What came of the request.
    ///   - signal: What it was about: each has its own count of what was refused.
    ///   - encoding: The request's, and so by the standard the answer's.
    package init(
        _ result: CurlResult,
        for signal: OTLPSignal = .traces,
        _ encoding: OTLPEncoding = .json
    ) {
        switch result {
        case .response(let response): self.init(response, signal, encoding)
        case .failure(let failure):
            switch failure.kind {
            case .aborted: self = .abandoned
            case .request: self = .park(.unusable(failure.message))
            // It said yes, and then too much: to send it again would bring the same, twice.
            case .tooLarge where (200...299).contains(failure.status):
                self = .accepted(rejected: 0, warning: ExportProblem.transport(failure).description)
            default: self = .retry(.transport(failure), after: nil)
            }
        }
    }

    private init(_ response: CurlResponse, _ signal: OTLPSignal, _ encoding: OTLPEncoding) {
        let problem = ExportProblem.status(response.status)
        switch response.status {
        case 200...299:
            // Whatever its body is: an answer that cannot be read must not cause a second sending.
            let partial = OTLPPartialSuccess(response.body, signal, encoding)
            self = .accepted(rejected: partial?.rejected ?? 0, warning: partial?.message)
        case 400, 413: self = .halve(problem)
        case 429, 502, 503, 504: self = .retry(problem, after: response.retryAfter)
        default: self = .park(problem)
        }
    }
}

/// Why spans are not with the collector, in words for the person who waits for them.
package enum ExportProblem: Error, Hashable, Sendable, CustomStringConvertible {
    case transport(CurlFailure)
    case status(Int)
    /// The endpoint, a header or a TLS file cannot be used as configured.
    case unusable(String)
    /// No answer before the process had to end.
    case unanswered
    /// Another exporter took a run of this process for left behind before it was taken up again.
    case elsewhere
    /// A run's journal or cursor cannot be read or written.
    case storage(String)

    package var description: String {
        switch self {
        case .transport(let failure): ExportProblem.words(for: failure)
        case .status(let status): "collector answered \(status)"
        case .unusable(let why): "endpoint unusable: \(why)"
        case .unanswered: "collector did not answer in time"
        case .elsewhere: "another process is still sending the run's earlier spans"
        case .storage(let why): why
        }
    }

    private static func words(for failure: CurlFailure) -> String {
        switch failure.kind {
        case .refused: "collector refused"
        case .resolve: "collector's host is unknown"
        case .connect: "collector unreachable"
        case .tls: "TLS with the collector failed: \(failure.message)"
        case .timeout: "collector did not answer in time"
        case .closed: "collector closed the connection"
        case .tooLarge: "collector answered too much"
        case .malformed: "collector answered nonsense"
        case .request, .aborted, .other: "collector not reached: \(failure.message)"
        }
    }
}
