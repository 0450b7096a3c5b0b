import Pipeline
import Telemetry
import TestSupport
import Testing

/// Baggage from somebody who means no good: what is handed on is short, whole and on one line.
struct BaggageFuzzTests {
    private func check(_ headers: [String], _ place: SourceLocation = #_sourceLocation) {
        let baggage = Baggage.validated(headers)
        let members = baggage.split(separator: ",", omittingEmptySubsequences: false)
        #expect(baggage.utf8.count <= 8_192, sourceLocation: place)
        #expect(members.count <= 64, sourceLocation: place)
        // Printable, or the spaces that the standard allows: no line ends, no zero, no bytes
        // that are not ASCII, so nothing of it can end a header or a variable.
        let isClean = baggage.utf8.allSatisfy { (0x20...0x7e).contains($0) || $0 == 0x09 }
        #expect(isClean, sourceLocation: place)
        #expect(Baggage.validated([baggage]) == baggage, sourceLocation: place)
        let sent = Set(
            headers.flatMap { $0.utf8.split(separator: UInt8(ascii: ",")) }.map(Self.trimmed)
        )
        for member in members where !baggage.isEmpty {
            #expect(sent.contains(String(member)), "only whole members", sourceLocation: place)
        }
        var context = TraceContext(run: RunScript.run)
        context.baggage = baggage
        let variables = context.variables(for: SpanID(1), propagators: [.baggage])
        #expect(variables.count == (baggage.isEmpty ? 0 : 1), sourceLocation: place)
    }

    private static func trimmed(_ member: Substring.UTF8View) -> String {
        var text = member
        while let first = text.first, first == 0x20 || first == 0x09 { text.removeFirst() }
        while let last = text.last, last == 0x20 || last == 0x09 { text.removeLast() }
        return String(Substring(text))
    }

    private static let hostile = [
        "a=1\r\nX-Evil: 1", "a=1\nTRACEPARENT=00-evil", "a=1\u{0}b=2", "a=%0d%0aX: 1", "a=é",
        "\u{FEFF}a=1", "a=\u{202E}1", "=", ";", ";;;", "a=;;;", "a=1;=2", "a;b=1", "%61=1",
        "a=\"quoted\"", "a=back\\slash", "a =\t1\t;\tp = q", ",,,,", " , ,\t,",
    ]

    @Test(arguments: hostile)
    func `one hostile member spoils nothing else`(member: String) {
        check([member])
        check(["good=1", member, "fine=2"])
        let kept = Baggage.validated(["good=1", member, "fine=2"])
        #expect(kept.hasPrefix("good=1"))
        #expect(kept.hasSuffix("fine=2"))
    }

    @Test func `percent signs are handed on as they came, however deep`() {
        var value = "%"
        for _ in 0..<200 { value = value.replacing("%", with: "%25") }
        check(["a=" + value])
        #expect(Baggage.validated(["a=" + value]) == "a=" + value)
        #expect(Baggage.validated(["a=%zz,b=%,c=%4"]) == "a=%zz,b=%,c=%4", "opaque to us")
    }

    @Test func `thousands of members, and members of thousands`() {
        check([(0..<10_000).map { "k\($0)=\($0)" }.joined(separator: ",")])
        check((0..<10_000).map { "k\($0)=\($0)" })
        let huge = "a=" + String(repeating: "x", count: 1 << 20)
        check([huge])
        // One that is too long for itself does not keep those before it from going on.
        #expect(Baggage.validated(["b=1,\(huge)"]) == "b=1")
        check([String(repeating: ",", count: 1 << 20) + "a=1"])
        check(["a=1" + String(repeating: ";p", count: 100_000)])
        check([String(repeating: "=", count: 1 << 16)])
    }

    @Test(arguments: [UInt64(1), 2, 3, 4])
    func `damaged lists`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let valid = Array("user=alice;role=admin,tenant = a%20b ,empty=,x=y=z;p;q=1".utf8)
        for _ in 0..<2_000 {
            var bytes = valid
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
                default: if bytes.count > 1 { bytes.remove(at: place) }
                }
            }
            let middle = Int.random(in: 0...bytes.count, using: &random)
            check([
                String(decoding: bytes[..<middle], as: UTF8.self),
                String(decoding: bytes[middle...], as: UTF8.self),
            ])
        }
    }

    @Test(arguments: ["OTEL_RESOURCE_ATTRIBUTES", "OTEL_EXPORTER_OTLP_HEADERS"])
    func `lists in variables that are damaged give all or nothing`(variable: String) {
        var random = SeededRandom(seed: 8)
        let valid = Array("team=data%20web,stage=prod,api-key=abc%3D".utf8)
        for _ in 0..<2_000 {
            var bytes = valid
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                bytes[place] = UInt8.random(in: 1...255, using: &random)
            }
            let configuration = OTelConfiguration(environment: [
                "OTEL_EXPORTER_OTLP_ENDPOINT": "http://h",
                variable: String(decoding: bytes, as: UTF8.self),
            ])
            let names =
                configuration.resourceAttributes.map(\.key)
                + (configuration.export?.headers.map(\.name) ?? [])
            #expect(names.isEmpty == !configuration.warnings.isEmpty)
            #expect(configuration.warnings.count <= 1)
        }
    }
}
