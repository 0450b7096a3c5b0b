import Pipeline
import Telemetry
import Transport

/// Answers of OTLP/HTTP: in the request's encoding, errors as `google.rpc.Status` (OTLP
/// specification, "OTLP/HTTP Response").
enum ReceiverAnswer {
    /// All of it was taken: an `Export…ServiceResponse` in which nothing is set.
    static func success(_ encoding: OTLPEncoding) -> HTTPResponse {
        HTTPResponse(
            contentType: encoding.mediaType,
            body: encoding == .json ? Array("{}".utf8) : []
        )
    }

    /// - Parameters:
    ///   - status: Of HTTP.
    ///   - message: What is wrong, and what to do.
    ///   - encoding: The request's; JSON where it has none that is known.
    ///   - retryAfter: Seconds.
    /// - Returns: The answer.
    static func failure(
        _ status: Int,
        _ message: String,
        _ encoding: OTLPEncoding?,
        retryAfter: Int? = nil
    ) -> HTTPResponse {
        let encoding = encoding ?? .json
        let code = codes[status] ?? 2
        return HTTPResponse(
            status: status,
            contentType: encoding.mediaType,
            headers: retryAfter.map { ["Retry-After": String($0)] } ?? [:],
            body: encoding == .json ? json(code, message) : protobuf(code, message)
        )
    }

    /// The body is not kept; where it may be later, an SDK tries again by itself.
    static func refusal(_ refusal: ReceivedRefusal, _ encoding: OTLPEncoding) -> HTTPResponse {
        let (status, wait): (Int, Int?) =
            switch refusal {
            case .full: (429, 60)
            case .busy: (503, 1)
            case .storage: (503, 5)
            case .corrupt: (500, nil)
            case .closed: (404, nil)
            }
        return failure(status, refusal.description, encoding, retryAfter: wait)
    }

    /// The numbers of `google.rpc.Code`.
    private static let codes = [400: 3, 404: 5, 413: 8, 415: 12, 429: 8, 500: 13, 503: 14]

    private static func json(_ code: Int, _ message: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("code")
        writer.integer(code)
        writer.key("message")
        writer.string(message)
        writer.endObject()
        return writer.bytes
    }

    /// `Status { int32 code = 1; string message = 2; }`.
    private static func protobuf(_ code: Int, _ message: String) -> [UInt8] {
        // Two bytes hold a length of up to 14 bits.
        let text = Array(message.utf8.prefix((1 << 14) - 1))
        let length = [UInt8(text.count & 0x7F) | 0x80, UInt8(text.count >> 7)]
        return [0x08, UInt8(code), 0x12] + length + text
    }
}
