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
        if let (status, message) = refusal(of: request, encoding) {
            return .now(ReceiverAnswer.failure(status, message, encoding))
        }
        let encoded = encoding ?? .protobuf
        let bytes = run.mask.masked(request.body, encoded)
        do throws(OTLPFault) {
            let depth = ReceivedLimits.depth
            let items = try OTLPCount.items(in: bytes, signal, encoded, depth: depth)
            guard items > 0 else { return .now(ReceiverAnswer.success(encoded)) }
            let body = ReceivedBody(
                signal: signal,
                encoding: encoded,
                items: items,
                attempt: attempt,
                at: now(),
                bytes: bytes
            )
            return later(body, of: run)
        } catch {
            let message = "not the request of \(signal.path): \(error)"
            return .now(ReceiverAnswer.failure(400, message, encoded))
        }
    }

    /// What is wrong with a request before its body is looked at.
    private func refusal(of request: HTTPRequest, _ encoding: OTLPEncoding?) -> (Int, String)? {
        if !isWanted {
            return (404, "no endpoint for \(signal.rawValue) is set, so nobody would get them")
        }
        if encoding == nil {
            let accepted = OTLPEncoding.allCases.map(\.mediaType).joined(separator: " or ")
            return (415, "send Content-Type \(accepted)")
        }
        let codings = request.headers.list("Content-Encoding")
        guard codings.allSatisfy({ ["", "identity"].contains($0) }) else {
            return (
                415, "send it plain, without Content-Encoding: it does not leave the machine"
            )
        }
        return nil
    }

    /// Answers when the body is durable, or will not be.
    private func later(_ body: ReceivedBody, of run: RunReception) -> HTTPReply {
        .later { responder in
            run.submit(body) { outcome in
                switch outcome {
                case .success: responder.answer(ReceiverAnswer.success(body.encoding))
                case .failure(let why):
                    responder.answer(ReceiverAnswer.refusal(why, body.encoding))
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
