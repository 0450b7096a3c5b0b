import Pipeline
import Testing

/// Whatever bytes come, reading ends, does not trap, and says where something is wrong.
struct HostileInputTests {
    private static let corpus: [String] =
        YAMLReaderTests.blockScalars.map(\.text) + YAMLReaderTests.quotedScalars.map(\.text)
        + YAMLReaderTests.collections.map(\.text) + YAMLReaderTests.refused.map(\.text)
        + KeyFixture.all.map(\.good)

    private static func read(_ bytes: [UInt8]) {
        let reading = PipelineReader.read(bytes, file: "t.yaml")
        let isRefused = reading.diagnostics.contains { $0.severity == .error }
        #expect((reading.plan == nil) == isRefused)
        for diagnostic in reading.diagnostics {
            let line = reading.source.line(diagnostic.place.line)
            let columns = String(decoding: line, as: UTF8.self).unicodeScalars.count
            #expect(diagnostic.place.line >= 1 && diagnostic.place.column >= 1)
            #expect(diagnostic.place.column <= columns + 1, "\(bytes)")
        }
        #expect(reading.diagnostics.isEmpty == reading.rendered.isEmpty)
    }

    @Test func `reads every prefix of a file`() {
        let bytes = Array(PipelineReaderTests.wholeFile.utf8)
        for end in 0...bytes.count { Self.read(Array(bytes[..<end])) }
        for text in Self.corpus {
            let bytes = Array(text.utf8)
            for end in 0...bytes.count { Self.read(Array(bytes[..<end])) }
        }
    }

    @Test func `reads every file with one byte changed`() {
        let replacements = Array("\n\t :-#'\"[]{},|>&*!?%@\\a0".utf8) + [0x00, 0x0D, 0xC3, 0xFF]
        for text in Self.corpus {
            let bytes = Array(text.utf8)
            for position in bytes.indices {
                var changed = bytes
                changed[position] ^= 0xFF
                Self.read(changed)
                changed[position] =
                    replacements[(position &* 31 &+ bytes.count) % replacements.count]
                Self.read(changed)
                changed.remove(at: position)
                Self.read(changed)
            }
        }
    }

    @Test(arguments: 1...300)
    func `reads random bytes`(_ seed: UInt64) {
        var random = SplitMix(seed: seed)
        let alphabet = Array("\n\n  \t:-#'\"[]{},|>&*!?%@\\ab0${}.".utf8)
        var bytes: [UInt8] = []
        for _ in 0..<Int.random(in: 0...200, using: &random) {
            let isAny = Int.random(in: 0..<50, using: &random) == 0
            bytes.append(
                isAny
                    ? UInt8.random(in: 0...255, using: &random)
                    : alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
            )
        }
        Self.read(bytes)
    }

    /// A quadratic step would take minutes here.
    @Test(
        .timeLimit(.minutes(10)),
        arguments: [
            "[", "{", "- ", "a: ", "? ", "\"", "'", "|\n", "&a ", "!a ", "\n", "#\n", "${", "a\n",
        ]
    )
    func `reads endless nonsense`(_ text: String) {
        Self.read(Array(String(repeating: text, count: 3_000).utf8))
        Self.read(Array("a: \"\(String(repeating: text, count: 3_000))".utf8))
    }

    /// Shapes of many steps that invite quadratic work.
    @Test(
        .timeLimit(.minutes(10)),
        arguments: [
            "chain", "join", "fan", "circle", "pairs", "unknown", "list", "duplicate",
        ]
    )
    func `plans very many steps`(_ shape: String) {
        let count = 4_000
        let all = (0..<count).map { "s\($0)" }.joined(separator: ", ")
        let steps = (0..<count).map { step in
            switch shape {
            case "chain": "  s\(step): {run: x\(step > 0 ? ", needs: s\(step - 1)" : "")}\n"
            case "join": "  s\(step): {run: x}\n"
            case "fan": "  s\(step): {run: x, needs: all}\n"
            case "circle": "  s\(step): {run: x, needs: s\((step + 1) % count)}\n"
            case "pairs": "  s\(step): {run: x, needs: s\(step ^ 1)}\n"
            case "unknown": "  s\(step): {run: x, needs: t\(step)}\n"
            case "duplicate": "  s: {run: x}\n"
            default: "  - {name: s\(step), run: echo $WEIR_DIR}\n"
            }
        }
        let isJoined = shape == "join" || shape == "fan"
        let join = isJoined ? "  all: {run: x, needs: [\(all)]}\n" : ""
        let text = "steps:\n" + join + steps.joined()
        let reading = PipelineReader.read(Array(text.utf8), file: "t.yaml")
        let isGood = ["chain", "join", "list"].contains(shape)
        #expect((reading.plan != nil) == isGood)
        #expect((reading.plan?.steps.count ?? count) >= count)
    }

    @Test(arguments: 1...200)
    func `a quoted text comes back as it was`(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        var text = String.UnicodeScalarView()
        let special = Array(
            "\n\n  \t:-#'\"[]{},|>&*!?%@\\${}é日😀\u{85}\u{2028}\u{1B}".unicodeScalars
        )
        for _ in 0..<Int.random(in: 0...60, using: &random) {
            text.append(special[Int.random(in: 0..<special.count, using: &random)])
        }
        let original = String(text)
        for quoted in [Self.doubleQuoted(original), Self.json(original)] {
            let source = SourceText(Array("- \(quoted)\n- x".utf8), file: "t")
            var diagnostics = DiagnosticList(source: source)
            let root = try #require(YAMLReader.read(source, reporting: &diagnostics))
            guard case .sequence(let items) = root.content,
                case .scalar(let scalar) = items.first?.content
            else {
                Issue.record("seed \(seed): \(quoted)")
                return
            }
            #expect(scalar.text == original, "seed \(seed): \(quoted)")
            #expect(scalar.value == .text)
        }
    }

    /// Only what must be escaped is.
    private static func doubleQuoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case "\n": quoted += "\\n"
            case "\u{85}": quoted += "\\N"
            case "\u{1B}": quoted += "\\e"
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    private static func json(_ text: String) -> String {
        var writer = JSONWriter()
        writer.string(text)
        return writer.text
    }

    @Test(arguments: 1...200)
    func `a literal block comes back as it was`(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let lines = (0..<Int.random(in: 1...8, using: &random)).map { _ in
            let special = Array("   \t:-#'\"[]{},|>&a")
            return String(
                (0..<Int.random(in: 0...12, using: &random)).map { _ in
                    special[Int.random(in: 0..<special.count, using: &random)]
                }
            )
        }
        let text = lines.map { $0.isEmpty ? "\n" : "  \($0)\n" }.joined()
        let expected = lines.map { $0 + "\n" }.joined()
        let source = SourceText(Array("a: |2+\n\(text)b: c\n".utf8), file: "t")
        var diagnostics = DiagnosticList(source: source)
        let root = try #require(YAMLReader.read(source, reporting: &diagnostics))
        guard case .mapping(let entries) = root.content,
            case .scalar(let scalar) = entries.first?.value.content
        else {
            Issue.record("seed \(seed)")
            return
        }
        #expect(scalar.text == expected, "seed \(seed)")
        #expect(entries.count == 2, "seed \(seed)")
    }
}
