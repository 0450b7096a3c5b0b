import Testing

/// Sizes are counted right, and the ratchet turns one way only.
struct SizeRefusalTests {
    private static let path = "Sources/Agent/Some.swift"

    private func function(named name: String = "long", lines: Int) -> String {
        let body = (0..<max(0, lines - 2)).map { "    use(\($0))\n" }.joined()
        return "func \(name)() {\n\(body)}\n"
    }

    private func messages(_ text: String, ratchet: String = "", path: String = path) -> [String] {
        SizeCheck.findings(in: [SourceFile(path: path, text: text)], ratchet: ratchet)
            .map(\.description)
    }

    @Test func `a file at the limit passes and one line more does not`() {
        let line = "let a = 1\n"
        #expect(messages(String(repeating: line, count: SizeCheck.fileLimit)) == [])
        let found = messages(String(repeating: line, count: SizeCheck.fileLimit + 1))
        #expect(found == ["\(Self.path): the file has 301 lines, limit 300: split it by concept"])
    }

    @Test func `a function at the limit passes and one line more does not`() {
        #expect(messages(function(lines: SizeCheck.functionLimit)) == [])
        let found = messages(function(lines: SizeCheck.functionLimit + 1))
        #expect(
            found == ["\(Self.path): function long has 41 lines, limit 40: split it by concept"]
        )
    }

    @Test func `tests may be long`() {
        #expect(messages(function(lines: 500), path: "Tests/AgentTests/Some.swift") == [])
    }

    @Test func `what is written down may stay, may not grow, and must be recorded when it shrinks`()
    {
        let line = "function \(Self.path) long"
        #expect(messages(function(lines: 50), ratchet: "# why\n\(line) 50\n") == [])
        #expect(
            messages(function(lines: 51), ratchet: "\(line) 50").first?.contains("grew") == true
        )
        let shrunk = messages(function(lines: 49), ratchet: "\(line) 50")
        #expect(shrunk.first?.contains("write '\(line) 49'") == true)
        let gone = messages(function(lines: 3), ratchet: "\(line) 50")
        #expect(gone.first?.contains("remove the line '\(line) …'") == true)
    }

    @Test(arguments: [
        "file Sources/A.swift", "function Sources/A.swift f many", "Sources/A.swift 3",
    ])
    func `a line that says nothing is refused`(line: String) {
        #expect(messages("", ratchet: line).first?.contains("write 'file PATH LINES'") == true)
    }

    @Test func `functions are found where they are, with their length`() {
        let text = """
            protocol P {
                func requirement(of: Int) throws -> Int
                var value: Int { get }
                init(from: String)
            }
            struct S {
                var stored = 1
                var closure: () -> Int = { 1 }
                init(_ text: String = "{") {
                    self.init()
                }
                var computed: [Int] {
                    [1]
                }
                func generic<T>(
                    _ value: T,
                    then: (T) -> Void = { _ in }
                ) where T: Equatable {
                    // }
                    func inner() {
                    }
                }
            }
            """
        let found = FunctionScanner.functions(in: SwiftText(text)).filter { $0.length > 1 }
        let expected = [
            FunctionExtent(name: "init", line: 9, length: 3),
            FunctionExtent(name: "computed", line: 12, length: 3),
            FunctionExtent(name: "generic", line: 15, length: 8),
            FunctionExtent(name: "inner", line: 20, length: 2),
        ]
        #expect(found == expected)
    }
}
