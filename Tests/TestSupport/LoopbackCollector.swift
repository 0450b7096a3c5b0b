import Glibc

/// `Tests/Tools/otlp_receiver.py` as a process of its own: a collector that behaves as told.
///
/// It listens on a free port of 127.0.0.1 and is ended, by its pid, with this value.
package final class LoopbackCollector: Sendable {
    package struct Stats: Sendable, Equatable {
        package var requests: Int
        package var bodies: Int
        package var spans: Int
        package var rejected: Int
    }

    package let port: Int
    package let endpoint: String
    /// Every accepted body, one a line.
    package let bodiesFile: String
    private let controlPort: Int
    private let folder: String
    private let pid: pid_t

    /// Starts it with the modes that its requests will meet, as `otlp_receiver.py` documents them.
    ///
    /// It ends by itself after `lifetime` seconds, whatever becomes of the test.
    package init(script: String = "ok", lifetime: Int = 300) throws {
        folder = try LoopbackCollector.makeFolder()
        bodiesFile = folder + "/bodies.jsonl"
        let tool = toolPath("otlp_receiver.py")
        let arguments = [
            "python3", "-S", tool, "--out", bodiesFile, "--port-file", folder + "/port",
            "--control-port-file", folder + "/control", "--script", script, "--lifetime",
            String(lifetime),
        ]
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
        endpoint = "http://127.0.0.1:\(port)/v1/traces"
    }

    deinit {
        kill(pid, SIGKILL)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        for name in ["/bodies.jsonl", "/port", "/control"] { unlink(folder + name) }
        rmdir(folder)
    }

    /// What requests meet from now on.
    package func setMode(_ script: String) throws {
        let answer = try exchange("PUT", "/mode", body: script)
        guard answer.hasPrefix("HTTP/1.1 200") else { throw TestSupportError(answer) }
    }

    /// What it has so far, once `spans` are accepted or half a minute is over.
    package func stats(after spans: Int = 0) throws -> Stats {
        let answer = try exchange("GET", "/wait?spans=\(spans)", body: "")
        return Stats(
            requests: number("requests", in: answer),
            bodies: number("bodies", in: answer),
            spans: number("spans", in: answer),
            rejected: number("rejected", in: answer)
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
