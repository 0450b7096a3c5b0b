import Journal
import Pipeline
import Telemetry
import TestSupport
import Testing
import Transport

@testable import Agent

/// A receiver with one run on it, and a client of its children.
final class ReceiverBench {
    let directory = TemporaryDirectory()
    let storage = GatedStorage()
    let receiver: Receiver
    let run: RunReception
    let folder: RunFolder

    init(
        signals: Set<OTLPSignal> = Set(OTLPSignal.allCases),
        secrets: [String] = [],
        queuedBytes: Int = ReceivedLimits.queuedBytes
    ) throws {
        receiver = try Receiver(signals: signals, queuedBytes: queuedBytes) { instant(9) }
        folder = RunFolder(id: RunID(high: 1, low: 2), path: directory.path, storage: storage)
        let plan = makePlan([makeStep("first"), makeStep("second")])
        run = receiver.open(folder, plan, mask: SecretMask(values: secrets))
    }

    /// The path of an attempt's endpoint.
    func path(_ attempt: AttemptRef = AttemptRef(step: "first", number: 1), step: Int = 0) -> String
    {
        let url = run.children.endpoint(for: attempt, stepIndex: step)
        return String(url.dropFirst(receiver.endpoint.count))
    }

    func client() throws -> HTTPTestClient {
        let port = try #require(receiver.endpoint.split(separator: ":").last.flatMap { UInt16($0) })
        return try HTTPTestClient(port: port)
    }

    /// Head and body of a request, as an SDK sends it.
    func request(
        _ body: [UInt8],
        _ signal: String = "v1/traces",
        type: String? = "application/x-protobuf",
        path: String? = nil,
        fields: String = ""
    ) -> [UInt8] {
        let type = type.map { "Content-Type: \($0)\r\n" } ?? ""
        let head =
            "POST \(path ?? self.path())/\(signal) HTTP/1.1\r\nHost: x\r\n\(type)\(fields)"
            + "Content-Length: \(body.count)\r\n\r\n"
        return Array(head.utf8) + body
    }

    func post(
        _ body: [UInt8],
        _ signal: String = "v1/traces",
        type: String? = "application/x-protobuf",
        path: String? = nil,
        fields: String = ""
    ) throws -> HTTPTestClient.Answer {
        let client = try client()
        client.send(request(body, signal, type: type, path: path, fields: fields))
        return try client.answer()
    }

    func bodies(_ signal: OTLPSignal = .traces) throws -> [ReceivedBody] {
        try readBodies(RunFolder(id: folder.id, path: folder.path), signal).bodies
    }

    /// Whether anything at all has been kept.
    var isEmpty: Bool { directory.read("received/traces.jsonl") == nil }
}

/// A request of so many spans, `padding` bytes each beside their ids.
func makeTraces(_ count: Int = 1, padding: Int = 0, name: String = "n") -> [UInt8] {
    func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
        var length: [UInt8] = []
        var rest = content.count
        repeat {
            length.append(UInt8(rest & 0x7F) | (rest > 0x7F ? 0x80 : 0))
            rest >>= 7
        } while rest > 0
        return [number << 3 | 2] + length + content
    }
    let text = field(5, Array(name.utf8)) + field(3, [UInt8](repeating: 0x61, count: padding))
    let span = field(1, Array(1...16)) + field(2, Array(1...8)) + text
    return field(1, field(2, (0..<count).flatMap { _ in field(2, span) }))
}

/// The same as OTLP/JSON.
func makeTraceJSON(name: String = "n") -> [UInt8] {
    let ids = #""traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331""#
    return Array(
        #"{"resourceSpans":[{"scopeSpans":[{"spans":[{\#(ids),"name":"\#(name)"}]}]}]}"#.utf8
    )
}
