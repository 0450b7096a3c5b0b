import Glibc
package import Pipeline

/// A real Prometheus on a free port of 127.0.0.1, with what it gathers in a folder that goes with
/// it; ended, by its pid, with this value.
package final class PrometheusServer {
    /// One sample of an instant query.
    package struct Sample: Sendable {
        package var labels: [String: String]
        package var value: Double
    }

    private let folder = TemporaryDirectory()
    private let process: Subprocess
    private let port: Int

    /// Starts it with the text of a `prometheus.yml`, and waits until it listens.
    package init(configuration: String) throws {
        folder.write("prometheus.yml", configuration)
        let words = [
            try prometheusProgram("prometheus"), "--config.file=\(folder.path)/prometheus.yml",
            "--storage.tsdb.path=\(folder.path)/data", "--web.listen-address=127.0.0.1:0",
        ]
        let process = Subprocess(words, environment: ["PATH": "/usr/bin:/bin"])
        self.process = process
        var found: Int?
        while found == nil {
            guard process.wait(atMost: .milliseconds(10)) == nil else {
                throw TestSupportError("prometheus ended: \(process.err)")
            }
            found = Self.port(in: process.err)
        }
        port = found ?? 0
        try wait(for: "prometheus to be ready") { try exchange("/-/ready").hasPrefix("200") }
    }

    deinit {
        process.killHard()
    }

    /// Asks the HTTP API; `data` of the answer.
    package func data(_ path: String, _ parameters: [String: String] = [:]) throws -> JSONValue {
        let query = parameters.map { "\($0.key)=\(escaped($0.value))" }.joined(separator: "&")
        let answer = try exchange("/api/v1/\(path)?\(query)")
        let body = answer.firstRange(of: "\r\n\r\n").map { answer[$0.upperBound...] } ?? ""
        let value = try JSONValue(parsing: Array(body.utf8))
        guard value["status"]?.string == "success", let data = value["data"] else {
            throw TestSupportError("\(path) \(parameters): \(body)")
        }
        return data
    }

    /// The samples that an expression has now.
    package func query(_ expression: String) throws -> [Sample] {
        let data = try data("query", ["query": expression])
        return try (data["result"]?.array ?? []).map { sample in
            let labels = (sample["metric"]?.object ?? []).map { ($0.key, $0.value.string ?? "") }
            guard let text = sample["value"]?.array?.last?.string, let value = Double(text) else {
                throw TestSupportError("\(expression): \(sample)")
            }
            return Sample(labels: Dictionary(uniqueKeysWithValues: labels), value: value)
        }
    }

    /// The value of an expression that has one sample; `nil` when it has none or more.
    package func value(_ expression: String) throws -> Double? {
        let samples = try query(expression)
        return samples.count == 1 ? samples[0].value : nil
    }

    /// Asks again and again until `condition` holds, for a minute at most.
    package func wait(for what: String, until condition: () throws -> Bool) throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while try !condition() {
            guard process.wait(atMost: .milliseconds(20)) == nil else {
                throw TestSupportError("prometheus ended: \(process.err)")
            }
            guard ContinuousClock.now < deadline else {
                throw TestSupportError("waited in vain for \(what)\n\(process.err)")
            }
        }
    }

    /// Status and the rest of the answer; HTTP/1.0, so that it comes in one piece.
    private func exchange(_ target: String) throws -> String {
        let request = "GET \(target) HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n"
        return String(try loopbackExchange(port: port, request).dropFirst("HTTP/1.0 ".count))
    }

    /// As the line says that it writes once it listens.
    private static func port(in log: String) -> Int? {
        guard let line = log.split(separator: "\n").first(where: { $0.contains("Listening on") }),
            let place = line.firstRange(of: "address=127.0.0.1:")
        else { return nil }
        return Int(line[place.upperBound...].prefix { $0.isNumber })
    }
}

/// `text` as it may stand in a URL's query.
private func escaped(_ text: String) -> String {
    let hex = Array("0123456789ABCDEF")
    return text.utf8.reduce(into: "") { out, byte in
        let character = Character(UnicodeScalar(byte))
        let isPlain = byte < 0x80 && (character.isLetter || character.isNumber)
        out += isPlain ? String(character) : "%\(hex[Int(byte >> 4)])\(hex[Int(byte & 15)])"
    }
}

/// Where `setup.sh test` has put a program of the package prometheus, or the system has it.
package func prometheusProgram(_ name: String) throws -> String {
    let root = toolPath("x").split(separator: "/").dropLast(3).joined(separator: "/")
    let folders = ["/\(root)/.build/prometheus/usr/bin", "/usr/local/bin", "/usr/bin"]
    let paths = folders.map { folder in "\(folder)/\(name)" }
    guard let found = paths.first(where: { access($0, X_OK) == 0 }) else {
        throw TestSupportError("\(name) is missing: run `make test`, which sets it up")
    }
    return found
}

/// What `promtool check metrics` says of a scrape; it is content when it says nothing.
package func promtoolFindings(_ exposition: String) throws -> (output: String, status: Int32) {
    let folder = TemporaryDirectory()
    folder.write("metrics", exposition)
    // The words are parameters of the script, not part of it.
    let script = #""$1" check metrics < "$2" 2>&1"#
    let program = try prometheusProgram("promtool")
    return try ChildProcess(["sh", "-c", script, "sh", program, folder.path + "/metrics"]).finish()
}
