import Transport

/// What `/livez` and `/readyz` answer, in the form of Kubernetes' own components: `ok`, or a line for
/// every check, `[+]name ok` or `[-]name failed: why`, and the sum of them.
///
/// `?verbose` asks for the lines in any case, `?exclude=NAME` leaves a check out, and
/// `/readyz/NAME` is about that one.
struct HealthAnswer: Sendable {
    private let name: String
    private let checks: [HealthEndpoint.Check]
    private let isVerbose: Bool
    /// Names of checks that there are none of.
    private let strangers: [String]

    init(_ name: String, _ checks: [HealthEndpoint.Check], _ request: HTTPRequest) {
        let query = request.target.query
        let excluded = query.filter { $0.name == "exclude" }.map(\.value)
        self.name = name
        self.checks = checks.filter { !excluded.contains($0.name) }
        isVerbose = query.contains { $0.name == "verbose" }
        strangers = excluded.filter { name in !checks.contains { $0.name == name } }
    }

    var response: HTTPResponse {
        let isGood = checks.allSatisfy { $0.fault == nil }
        guard isVerbose || !isGood else { return HTTPResponse.text("ok\n").asHealth }
        var text = checks.map(Self.line).joined()
        // A probe must not fail because a check has gone with a new version.
        for name in strangers { text += "warn: there is no check \(name) to exclude\n" }
        text += "\(name) check \(isGood ? "passed" : "failed")\n"
        return HTTPResponse.text(text, status: isGood ? 200 : 503).asHealth
    }

    /// - Parameter wanted: The only check that counts.
    /// - Returns: 404 when there is none of that name.
    func response(of wanted: String?) -> HTTPResponse {
        guard let check = checks.first(where: { $0.name == wanted }) else {
            let names = checks.map(\.name).joined(separator: ", ")
            return .problem(status: 404, detail: "there is no such check; there are \(names)")
        }
        let isGood = check.fault == nil
        guard isVerbose || !isGood else { return HTTPResponse.text("ok\n").asHealth }
        return HTTPResponse.text(Self.line(check), status: isGood ? 200 : 503).asHealth
    }

    private static func line(_ check: HealthEndpoint.Check) -> String {
        check.fault.map { "[-]\(check.name) failed: \($0)\n" } ?? "[+]\(check.name) ok\n"
    }
}

extension HTTPResponse {
    /// Of this moment, and text to every reader.
    var asHealth: HTTPResponse {
        var response = self
        response.headers.append("Cache-Control", "no-cache, private")
        response.headers.append("X-Content-Type-Options", "nosniff")
        return response
    }
}
