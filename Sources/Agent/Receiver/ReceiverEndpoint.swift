import Pipeline
import Telemetry
import Transport

/// `POST /c/<token>/v1/{traces,metrics,logs}`: what OTLP/HTTP asks of a server.
struct ReceiverEndpoint: Sendable {
    /// Whose token it is; `nil`: nobody's.
    typealias Lookup = @Sendable (String) -> (RunReception, AttemptRef)?

    private let router: HTTPRouter

    init(
        signals: Set<OTLPSignal>,
        now: @escaping @Sendable () -> Timestamp,
        find: @escaping Lookup
    ) {
        router = HTTPRouter(
            OTLPSignal.allCases.map { signal in
                let service = ReceiverService(
                    signal: signal,
                    isWanted: signals.contains(signal),
                    now: now,
                    find: find
                )
                return HTTPRoute(.post, "/c/{token}/\(signal.path)") { request, parameters in
                    service.reply(to: request, token: parameters["token"] ?? "")
                }
            }
        )
    }

    func reply(to request: HTTPRequest) -> HTTPReply { router.reply(to: request) }
}

/// One signal's service.
private struct ReceiverService: Sendable {
    let signal: OTLPSignal
    let isWanted: Bool
    let now: @Sendable () -> Timestamp
    let find: ReceiverEndpoint.Lookup

    func reply(to request: HTTPRequest, token: String) -> HTTPReply {
        let encoding = encoding(of: request)
        guard let (run, attempt) = find(token) else {
            // Not which part of it is wrong, nor that there was such a run.
            return .now(ReceiverAnswer.failure(404, "nothing is at this path", encoding))
        }
        guard isWanted else {
            let message = "no endpoint for \(signal.rawValue) is set, so nobody would get them"
            return .now(ReceiverAnswer.failure(404, message, encoding))
        }
        guard let encoding else {
            let accepted = OTLPEncoding.allCases.map(\.mediaType).joined(separator: " or ")
            return .now(ReceiverAnswer.failure(415, "send Content-Type \(accepted)", nil))
        }
        guard
            request.headers.list("Content-Encoding").allSatisfy({ ["", "identity"].contains($0) })
        else {
            let message = "send it plain, without Content-Encoding: it does not leave the machine"
            return .now(ReceiverAnswer.failure(415, message, encoding))
        }
        let bytes = run.mask.masked(request.body, encoding)
        let items: Int
        do throws(OTLPFault) {
            items = try OTLPCount.items(in: bytes, signal, encoding, depth: ReceivedLimits.depth)
        } catch {
            let message = "not the request of \(signal.path): \(error)"
            return .now(ReceiverAnswer.failure(400, message, encoding))
        }
        guard items > 0 else { return .now(ReceiverAnswer.success(encoding)) }
        let body = ReceivedBody(
            signal: signal,
            encoding: encoding,
            items: items,
            attempt: attempt,
            at: now(),
            bytes: bytes
        )
        return .later { responder in
            run.submit(body) { outcome in
                switch outcome {
                case .success: responder.answer(ReceiverAnswer.success(encoding))
                case .failure(let why): responder.answer(ReceiverAnswer.refusal(why, encoding))
                }
            }
        }
    }

    private func encoding(of request: HTTPRequest) -> OTLPEncoding? {
        let type = request.headers["Content-Type"] ?? ""
        let media = type.prefix { $0 != ";" }.lowercased().filter { $0 != " " && $0 != "\t" }
        return OTLPEncoding.allCases.first { $0.mediaType == media }
    }
}
