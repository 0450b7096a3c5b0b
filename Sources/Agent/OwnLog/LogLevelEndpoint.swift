import Pipeline
import Telemetry
import Transport

/// `/debug/loglevel`: how much of Weir's own log is written, and changing that while it runs.
///
///     curl http://127.0.0.1:9347/debug/loglevel
///     curl -X PUT -H "Authorization: Bearer $(cat token)" '…/debug/loglevel?level=debug'
struct LogLevelEndpoint: Sendable {
    let log: AgentLog
    let token: AgentToken

    var routes: [HTTPRoute] {
        [
            HTTPRoute(.get, "/debug/loglevel") { [self] request, _ in
                guard request.target.query.isEmpty else {
                    let detail = "a query is for PUT: this only shows the level"
                    return .now(.problem(status: 400, detail: detail))
                }
                return .now(response)
            },
            HTTPRoute(.put, "/debug/loglevel") { [self] request, _ in .now(change(request)) },
        ]
    }

    private var response: HTTPResponse {
        var json = JSONWriter()
        json.beginObject()
        json.key("level")
        json.string(log.level.rawValue)
        json.key("levels")
        json.beginArray()
        for level in LogLevel.allCases { json.string(level.rawValue) }
        json.endArray()
        json.endObject()
        json.piece("\n")
        return .json(json.bytes)
    }

    private func change(_ request: HTTPRequest) -> HTTPResponse {
        if let refusal = Access.refusal(of: request, token) { return refusal }
        guard let level = Self.level(of: request) else {
            let detail = "send level=LEVEL as query or body, one of \(LogLevel.names)"
            return .problem(status: 400, detail: detail)
        }
        let before = log.level
        log.level = level
        // Written whatever the level is now: it explains why there is more, or less.
        log.write(
            LogRecord(max(.warn, level), "log level changed", at: RunClock.wallNow)
                .with("from", before.rawValue).with("to", level.rawValue)
        )
        return response
    }

    /// `level=debug` or `debug`, or an object with `level`.
    private static func level(of request: HTTPRequest) -> LogLevel? {
        let query = request.target.query
        guard query.isEmpty else {
            guard query.count == 1, query[0].name == "level", request.body.isEmpty else {
                return nil
            }
            return LogLevel(rawValue: query[0].value)
        }
        if let json = try? JSONValue(parsing: request.body) {
            return json["level"]?.string.flatMap(LogLevel.init(rawValue:))
        }
        let text = String(decoding: request.body, as: UTF8.self).filter { !$0.isWhitespace }
        let value = text.hasPrefix("level=") ? String(text.dropFirst("level=".count)) : text
        return LogLevel(rawValue: value)
    }
}
