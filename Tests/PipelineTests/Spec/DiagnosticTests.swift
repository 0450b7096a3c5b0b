import Pipeline
import Testing

struct DiagnosticTests {
    /// The rendering of a fault at a place of a text.
    private static func rendered(_ text: String, _ line: Int, _ column: Int) -> [String] {
        let source = SourceText(Array(text.utf8), file: "f.yaml")
        let diagnostic = Diagnostic(
            file: "f.yaml",
            place: SourcePlace(line: line, column: column),
            message: "wrong",
            advice: "write it right"
        )
        let lines = diagnostic.rendered(source: source)
            .split(separator: "\n", omittingEmptySubsequences: false)
        return lines.map(String.init)
    }

    @Test func `shows headline, line, caret and advice`() {
        #expect(
            Self.rendered("a: 1\nbc: 2\n", 2, 5) == [
                "f.yaml:2:5: error: wrong", "    2 | bc: 2", "      |     ^",
                "help: write it right", "",
            ]
        )
    }

    @Test(arguments: [
        ("\tab", 3, "\t ^"), ("日本x", 3, "    ^"), ("e\u{301}x", 3, " ^"), ("😀x", 2, "  ^"),
        ("ab", 3, "  ^"), ("", 1, "^"), ("\u{1B}[31mx", 6, "     ^"), ("ｱ|x", 3, "  ^"),
    ])
    func `puts the caret under its character`(_ line: String, _ column: Int, _ caret: String) {
        #expect(Self.rendered(line, 1, column)[2] == "      | \(caret)")
    }

    @Test func `a file cannot speak to the terminal`() {
        #expect(Self.rendered("\u{1B}[31m\u{7F}\u{202E}x", 1, 1)[1] == "    1 | ␛[31m␡\u{FFFD}x")
    }

    @Test func `shows the part of a long line that matters`() {
        let text = String(repeating: "abcdefghij", count: 100)
        let lines = Self.rendered(text, 1, 501)
        #expect(lines[1].hasPrefix("    1 | …") && lines[1].hasSuffix("…"))
        #expect(lines[1].count == 8 + 102)
        let caret = lines[2].count
        #expect(lines[2].hasSuffix("^") && Array(lines[1])[caret - 1] == "a")
        #expect(!Self.rendered(text, 1, 3)[1].contains("| …"))
    }

    @Test func `counts columns in characters and lines by every break`() {
        let source = SourceText(Array("\u{FEFF}é: x\r\nb\rc\n\nd".utf8), file: "f")
        #expect(source.place(at: 3) == SourcePlace(line: 1, column: 1))
        #expect(source.place(at: 5) == SourcePlace(line: 1, column: 2))
        #expect(source.place(at: 10) == SourcePlace(line: 2, column: 1))
        #expect(source.place(at: 12) == SourcePlace(line: 3, column: 1))
        #expect(source.place(at: 99) == SourcePlace(line: 5, column: 2))
        #expect(Array(source.line(1)) == Array("é: x".utf8))
        #expect(Array(source.line(3)) == Array("c".utf8))
        #expect(source.line(6).isEmpty && source.line(0).isEmpty)
    }

    @Test(
        arguments: [
            ("neds", "needs"), ("need", "needs"), ("nedes", "needs"), ("NEEDS", "needs"),
            ("timout", "timeout"), ("tiemout", "timeout"), ("env", "env"), ("evn", "env"),
            ("xyz", nil), ("n", nil), ("", nil), ("timeoutttttt", nil),
        ] as [(String, String?)]
    )
    func `finds the name that was meant`(_ name: String, _ expected: String?) {
        let known = ["needs", "timeout", "env", "retry", "run"]
        #expect(NameSuggestion.nearest(to: name, among: known) == expected)
    }
}
