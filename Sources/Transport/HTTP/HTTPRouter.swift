/// What a route asks of the body of a request.
package enum HTTPBodyRule: Sendable {
    /// It is read and handed on, whatever it is.
    case any
    /// If there is one, its media type is one of these; otherwise 415.
    case optional([String])
    /// Its length must be declared (otherwise 411), and its media type is one of these.
    case required([String])
}

/// One row of the table: what happens to requests of a method for paths of a pattern.
package struct HTTPRoute: Sendable {
    /// Values of the pattern's names, decoded.
    package typealias Parameters = [String: String]
    package typealias Handler = @Sendable (HTTPRequest, Parameters) -> HTTPReply

    package var method: HTTPMethod
    /// `/api/v1/runs/{id}/cancel`: a part in braces stands for one non-empty part of a path.
    package var pattern: String
    package var body: HTTPBodyRule
    package var handler: Handler
    let parts: [Substring]

    package init(
        _ method: HTTPMethod,
        _ pattern: String,
        body: HTTPBodyRule = .any,
        handler: @escaping Handler
    ) {
        self.method = method
        self.pattern = pattern
        self.body = body
        self.handler = handler
        parts = pattern.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    }

    /// - Returns: `nil` if the path is not of this pattern.
    func match(_ segments: [String]) -> Parameters? {
        guard segments.count == parts.count else { return nil }
        var parameters: Parameters = [:]
        for (part, segment) in zip(parts, segments) {
            if part.utf8.first == UInt8(ascii: "{") {
                guard !segment.isEmpty else { return nil }
                parameters[String(part.dropFirst().dropLast())] = segment
            } else if part != segment {
                return nil
            }
        }
        return parameters
    }
}

/// A table of routes: 404 for a path that none has, 405 with `Allow` for a method that the path
/// has not; `HEAD` is answered from `GET`, `OPTIONS` with 204 and `Allow`.
///
/// Of two patterns that match, the one with fewer names wins, and then the earlier one.
package struct HTTPRouter: Sendable {
    private let routes: [HTTPRoute]

    package init(_ routes: [HTTPRoute]) {
        let ranked = routes.enumerated().map { (rank: $1.names, index: $0, route: $1) }
        self.routes = ranked.sorted { ($0.rank, $0.index) < ($1.rank, $1.index) }.map(\.route)
    }

    /// The reply, labelled with the pattern that matched.
    package func reply(to request: HTTPRequest) -> HTTPReply {
        if request.target.isAsterisk { return .now(HTTPResponse(status: 204)) }
        let method = request.method == .head ? HTTPMethod.get : request.method
        for route in routes where route.method == method {
            guard let parameters = route.match(request.target.segments) else { continue }
            var reply =
                route.refusal(of: request).map(HTTPReply.now)
                ?? route.handler(request, parameters)
            reply.route = route.pattern
            return reply
        }
        return refusal(of: method, at: request.target)
    }

    /// What a method gets that nothing here has a handler for.
    private func refusal(of method: HTTPMethod, at target: HTTPTarget) -> HTTPReply {
        let matches = routes.filter { $0.match(target.segments) != nil }
        guard let pattern = matches.first?.pattern else {
            return .now(.problem(status: 404, detail: "nothing is at this path"))
        }
        let candidates = matches.filter { $0.pattern == pattern }
        let allow: HTTPFields = ["Allow": HTTPRouter.allow(candidates.map(\.method))]
        var reply: HTTPReply
        if method == .options {
            reply = .now(HTTPResponse(status: 204, headers: allow))
        } else {
            let detail = "this path has \(allow["Allow"] ?? "")"
            reply = .now(.problem(status: 405, detail: detail, headers: allow))
        }
        reply.route = pattern
        return reply
    }

    private static func allow(_ methods: [HTTPMethod]) -> String {
        var all = Set(methods).union([.options])
        if all.contains(.get) { all.insert(.head) }
        return HTTPMethod.allCases.filter(all.contains).map(\.rawValue).joined(separator: ", ")
    }
}

extension HTTPRoute {
    fileprivate var names: Int { parts.count { $0.first == "{" } }

    fileprivate func refusal(of request: HTTPRequest) -> HTTPResponse? {
        switch body {
        case .any: return nil
        case .optional(let types):
            return request.body.isEmpty ? nil : HTTPRoute.refusal(request.headers, types)
        case .required(let types):
            guard request.declaresBody else {
                return .problem(status: 411, detail: "send a body with Content-Length or chunked")
            }
            return HTTPRoute.refusal(request.headers, types)
        }
    }

    private static func refusal(_ headers: HTTPFields, _ types: [String]) -> HTTPResponse? {
        let given = headers["Content-Type"] ?? ""
        let media = given.utf8.prefix { $0 != UInt8(ascii: ";") }
        let type = String(decoding: Array(media).trimmingBlanks, as: UTF8.self)
        guard !types.contains(where: type.equalsIgnoringCase) else { return nil }
        let accepted = types.joined(separator: ", ")
        return .problem(
            status: 415,
            detail: "send a body with Content-Type \(accepted)",
            headers: ["Accept": accepted]
        )
    }
}
