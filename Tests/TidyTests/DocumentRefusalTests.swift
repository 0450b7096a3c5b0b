import Testing

/// Documents that speak of what is not there are refused.
struct DocumentRefusalTests {
    private let makefile = "check: ## Check\n\t@true\nhelp:\n"

    private func messages(_ text: String, path: String = "docs/some.md") -> [String] {
        let files = [
            SourceFile(path: path, text: text), SourceFile(path: "docs/other.md", text: ""),
            SourceFile(path: "examples/hello/weir.yaml", text: ""),
        ]
        return DocumentCheck.findings(in: files, makefile: makefile).map(\.message)
    }

    @Test(arguments: ["    make nothing   # says it", "call `make nothing` first"])
    func `a make target that is not there is refused`(line: String) {
        #expect(messages(line).first?.contains("no target 'nothing'") == true)
    }

    @Test(arguments: ["    make check", "call `make help`", "to make nothing of it", "`make`"])
    func `targets that are there, and plain words, pass`(line: String) {
        #expect(messages(line) == [])
    }

    @Test(arguments: ["[a](missing.md)", "see [b](../examples/bye) and [a](other.md)"])
    func `a link that leads nowhere is refused`(line: String) {
        #expect(messages(line).first?.contains("leads nowhere") == true)
    }

    @Test(arguments: [
        "[a](other.md)", "[a](../examples/hello)", "[a](../examples/hello/weir.yaml)",
        "[a](https://example.org)",
    ])
    func `a link that leads somewhere passes`(line: String) {
        #expect(messages(line) == [])
    }

    @Test func `a quoted file has to be quoted as it is`() {
        let quoted = SourceFile(path: "a.yaml", text: "name: a\n")
        let same = SourceFile(path: "README.md", text: "x\n```yaml\nname: a\n```\n")
        let other = SourceFile(path: "README.md", text: "x\n```yaml\nname: b\n```\n")
        #expect(DocumentCheck.quoteFindings(same, quoted: quoted) == [])
        #expect(DocumentCheck.quoteFindings(other, quoted: quoted).count == 1)
    }
}
