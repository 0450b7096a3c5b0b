import Testing

/// Every check of the tree refuses what it should: a check that cannot fail protects nothing.
struct RefusalTests {
    private func source(_ text: String, at path: String = "Sources/Agent/Some.swift") -> SourceFile
    {
        SourceFile(path: path, text: text)
    }

    @Test(arguments: BanCheck.bans.map(\.pattern))
    func `a banned word is found and its replacement named`(pattern: String) throws {
        let ban = try #require(BanCheck.bans.first { $0.pattern == pattern })
        let paths = ["Sources/Pipeline/Some.swift", "Tests/PipelineTests/Some.swift"]
        let files = paths.map { source("let x = 1\n\(pattern) \n", at: $0) }
        let bad = try #require(files.first(where: ban.applies))
        let findings = BanCheck.findings(in: [bad]).filter { $0.message.contains("'\(pattern)'") }
        #expect(findings.map(\.line) == [2])
        #expect(findings.first?.message.contains(ban.instead) == true)
    }

    @Test(arguments: [
        "// try! is banned", "let text = \"print(1)\"", "let text = #\"a \"print(\" b\"#",
        "let text = \"\"\"\n  print(\n  \"\"\"", "let a = \"\\(map[\"k\"] ?? \"\") print(\"",
        "footprint(1)", "import FoundationEssentials", "group.addTask { }",
        "/* a /* print( */ b */",
    ])
    func `comments, literals and longer names are left alone`(text: String) {
        #expect(BanCheck.findings(in: [source(text)]) == [])
    }

    @Test func `the executable may print`() {
        #expect(BanCheck.findings(in: [source("print(1)", at: "Sources/weir/Main.swift")]) == [])
    }

    @Test(arguments: ProofCheck.words)
    func `an unproved escape is refused and a proved one is not`(word: String) {
        let found = ProofCheck.findings(in: [source("let a = 1\n\(word) let b = 2")])
        #expect(found.map(\.line) == [2])
        #expect(ProofCheck.findings(in: [source("// Written once.\n\(word) let b = 2")]) == [])
    }

    @Test(arguments: [
        ("Pipeline", "import Glibc"), ("Pipeline", "package import Telemetry"),
        ("Journal", "import Pipeline"), ("weir", "@preconcurrency import CCurl"),
        ("Transport", "import struct Pipeline.RunID"), ("Elsewhere", "let x = 1"),
    ])
    func `an import against the arrows is refused`(target: String, text: String) {
        let file = source(text, at: "Sources/\(target)/Some.swift")
        #expect(ArrowCheck.findings(in: [file]).count == 1)
    }

    @Test func `the allowed imports pass`() {
        let text = "package import Pipeline\nimport Glibc\n// import Nothing\n"
        #expect(ArrowCheck.findings(in: [source(text)]) == [])
    }

    @Test(arguments: [
        "// \(TextCheck.markers[0]): later", "// \(TextCheck.markers[1])",
        "# \(TextCheck.markers[2])",
        "cd \(TextCheck.homes[0])x", "cd \(TextCheck.homes[1])me", "open \(TextCheck.homes[2])me",
        "see /a/checkout/file", "a\tb", "a ", "a\r",
    ])
    func `unclean text is refused`(line: String) {
        let file = source("fine\n\(line)\n", at: "docs/some.md")
        let findings = TextCheck.findings(in: [file], root: "/a/checkout")
        #expect(findings.count == 1)
        #expect(findings.first?.line == 2)
    }

    @Test func `a makefile may hold tabs`() {
        let file = source("all:\n\ttrue\n", at: "Makefile")
        #expect(TextCheck.findings(in: [file], root: "/a/checkout") == [])
    }

    @Test func `a rule left out of the formatter's configuration is refused`() throws {
        let findings = try ConfigurationCheck.formatFindings(
            ours: #"{"rules": {"A": true, "Gone": true}}"#,
            defaults: #"{"rules": {"A": true, "B": false}}"#
        )
        #expect(findings.count == 2)
        #expect(findings.first?.message.contains("rule B is not listed") == true)
        #expect(findings.last?.message.contains("rule Gone is unknown") == true)
    }

    @Test func `a package in the manifest is refused`() {
        let manifest = source("let a = 1\n.package(url: \"x\")\n", at: "Package.swift")
        #expect(ConfigurationCheck.manifestFindings(manifest).map(\.line) == [2])
    }
}
