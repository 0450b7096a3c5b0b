import Glibc
import Pipeline

/// `Tests/Tools/otlp_receiver.py` as a process of its own: a collector that behaves as told.
///
/// It listens on a free port of 127.0.0.1 and is ended, by its pid, with this value.
package final class LoopbackCollector: Sendable {
    package struct Stats: Sendable, Equatable {
        package var requests: Int
        package var bodies: Int
        package var spans: Int
        package var rejected: Int
        /// Bodies of other signals, and of spans in protobuf.
        package var others: Int
    }

    /// A body that is not spans in JSON, as it came.
    package struct Other: Sendable, Hashable {
        package var signal: String
        package var type: String
        package var body: [UInt8]
    }

    package let port: Int
    /// Where spans are sent.
    package let endpoint: String
    /// What `OTEL_EXPORTER_OTLP_ENDPOINT` is set to.
    package let base: String
    /// Every accepted body, one a line.
    package let bodiesFile: String
    private let controlPort: Int
    private let folder: String
    private let pid: pid_t

    /// Starts it with the modes that its requests will meet, as `otlp_receiver.py` documents them.
    ///
    /// It ends by itself after `lifetime` seconds, whatever becomes of the test.
    package init(
        script: String = "ok",
        lifetime: Int = 300,
        tls: TestCertificates? = nil,
        asksClients: Bool = false
    ) throws {
        folder = try LoopbackCollector.makeFolder()
        bodiesFile = folder + "/bodies.jsonl"
        let tool = toolPath("otlp_receiver.py")
        let arguments =
            [
                "python3", "-S", tool, "--out", bodiesFile, "--port-file", folder + "/port",
                "--control-port-file", folder + "/control", "--script", script, "--lifetime",
                String(lifetime),
            ] + (tls?.arguments(asksClients: asksClients) ?? [])
        let child = try ChildProcess(arguments)
        pid = child.pid
        // It prints its first line once it listens and the files are written.
        guard child.firstLine().hasPrefix("collector:"),
            let port = Int(readText(folder + "/port").trimmed),
            let control = Int(readText(folder + "/control").trimmed)
        else {
            kill(child.pid, SIGKILL)
            throw TestSupportError("the collector did not start")
        }
        self.port = port
        controlPort = control
        base = "\(tls == nil ? "http" : "https")://127.0.0.1:\(port)"
        endpoint = base + "/v1/traces"
    }

    deinit {
        kill(pid, SIGKILL)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        for name in ["/bodies.jsonl", "/bodies.jsonl.others", "/port", "/control"] {
            unlink(folder + name)
        }
        rmdir(folder)
    }

    /// What requests meet from now on.
    package func setMode(_ script: String) throws {
        let answer = try exchange("PUT", "/mode", body: script)
        guard answer.hasPrefix("HTTP/1.1 200") else { throw TestSupportError(answer) }
    }

    /// What it has so far, once `spans` and `others` are accepted or half a minute is over.
    package func stats(after spans: Int = 0, others: Int = 0) throws -> Stats {
        let answer = try exchange("GET", "/wait?spans=\(spans)&others=\(others)", body: "")
        return Stats(
            requests: number("requests", in: answer),
            bodies: number("bodies", in: answer),
            spans: number("spans", in: answer),
            rejected: number("rejected", in: answer),
            others: number("others", in: answer)
        )
    }

    /// The headers of the last request, as JSON with lower-case names.
    package func lastHeaders() throws -> String {
        let answer = try exchange("GET", "/stats", body: "")
        guard let place = answer.firstRange(of: "\"headers\": {") else { return "" }
        return String(answer[place.upperBound...].prefix { $0 != "}" })
    }

    /// The accepted bodies so far.
    package func bodies() -> [String] {
        readText(bodiesFile).split(separator: "\n").map(String.init)
    }

    /// The accepted bodies so far that are not spans in JSON.
    package func others() throws -> [Other] {
        try readText(bodiesFile + ".others").split(separator: "\n").map { line in
            let value = try JSONValue(parsing: Array(line.utf8))
            guard let signal = value["signal"]?.string, let type = value["type"]?.string,
                let body = value["body"]?.string.flatMap(decodedBase64)
            else { throw TestSupportError("the collector wrote \(line)") }
            return Other(signal: signal, type: type, body: body)
        }
    }

    private func exchange(_ method: String, _ path: String, body: String) throws -> String {
        let request =
            "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
        return try loopbackExchange(port: controlPort, request)
    }

    private static func makeFolder() throws -> String {
        var template = Array("/tmp/weir-collector-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw TestSupportError("no temporary folder") }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// The bytes of base64 with padding; `nil` for anything else.
private func decodedBase64(_ text: String) -> [UInt8]? {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var bytes: [UInt8] = []
    var bits: UInt32 = 0
    var count = 0
    for digit in text.utf8.prefix(while: { $0 != UInt8(ascii: "=") }) {
        guard let value = alphabet.firstIndex(of: digit) else { return nil }
        bits = bits << 6 | UInt32(value)
        count += 6
        if count >= 8 {
            count -= 8
            bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
        }
    }
    return bytes
}

/// The value of `"name": N` in a text of JSON that is known to be flat there.
private func number(_ name: String, in text: String) -> Int {
    guard let place = text.firstRange(of: "\"\(name)\": ") else { return -1 }
    return Int(text[place.upperBound...].prefix { $0.isNumber }) ?? -1
}

extension String {
    fileprivate var trimmed: String {
        String(drop { $0.isWhitespace }.prefix { !$0.isWhitespace })
    }
}
