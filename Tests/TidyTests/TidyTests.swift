import Testing

/// The tree as it lies on disk keeps its own rules.
struct TidyTests {
    private static let tree = Result { try SourceTree.files() }
    private let files: [SourceFile]

    init() throws {
        files = try Self.tree.get()
    }

    @Test func `the walk sees the tree`() {
        let paths = Set(files.map(\.path))
        for path in ["Package.swift", "Makefile", ".ci/run", "Sources/Pipeline/RunEvent.swift"] {
            #expect(paths.contains(path))
        }
        #expect(!paths.contains { $0.hasPrefix(".build/") || $0.hasPrefix(".git/") })
    }

    @Test func `files and functions are short`() throws {
        let ratchet = try SourceTree.file(SizeCheck.ratchetPath).text
        expectNone(SizeCheck.findings(in: files, ratchet: ratchet))
    }

    @Test func `nothing banned is said in code`() {
        expectNone(BanCheck.findings(in: files))
    }

    @Test func `what is unchecked has its proof above it`() {
        expectNone(ProofCheck.findings(in: files))
    }

    @Test func `imports follow the arrows`() {
        expectNone(ArrowCheck.findings(in: files))
    }

    @Test func `texts are clean`() {
        expectNone(TextCheck.findings(in: files, root: SourceTree.root))
    }

    @Test func `every rule of the formatter is on or off in so many words`() throws {
        let ours = try SourceTree.file(".swift-format").text
        let defaults = try ConfigurationCheck.formatterDefaults()
        expectNone(try ConfigurationCheck.formatFindings(ours: ours, defaults: defaults))
    }

    @Test func `the manifest has no packages`() throws {
        expectNone(ConfigurationCheck.manifestFindings(try SourceTree.file("Package.swift")))
    }

    @Test func `documents name what exists`() throws {
        let makefile = try SourceTree.file("Makefile").text
        expectNone(DocumentCheck.findings(in: files, makefile: makefile))
        let hello = try SourceTree.file("examples/hello/weir.yaml")
        expectNone(DocumentCheck.quoteFindings(try SourceTree.file("README.md"), quoted: hello))
    }

    private func expectNone(
        _ findings: [Finding],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let report = findings.map(\.description).joined(separator: "\n")
        #expect(findings.isEmpty, "\n\(report)", sourceLocation: sourceLocation)
    }
}
