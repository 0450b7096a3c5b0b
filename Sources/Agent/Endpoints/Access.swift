import Transport

/// Reading is open on loopback, changing needs the token (G9).
enum Access {
    /// - Returns: The refusal; `nil` for a request that may change something.
    static func refusal(of request: HTTPRequest, _ token: AgentToken) -> HTTPResponse? {
        let scheme = "Bearer "
        let given = request.headers["Authorization"] ?? ""
        guard given.utf8.count > scheme.utf8.count,
            given.prefix(scheme.count).lowercased() == scheme.lowercased(),
            token.matches(given.utf8.dropFirst(scheme.utf8.count))
        else {
            // RFC 6750 §3: without credentials no error code is given.
            let challenge =
                given.isEmpty
                ? #"Bearer realm="weir""# : #"Bearer realm="weir", error="invalid_token""#
            return .problem(
                status: 401,
                detail: "send `Authorization: Bearer` with the token in <state>/token",
                headers: ["WWW-Authenticate": challenge]
            )
        }
        return nil
    }
}
