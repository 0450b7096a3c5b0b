import Pipeline
import Testing

struct KeyTableTests {
    private static func node(_ bytes: [UInt8]) throws -> YAMLNode {
        let source = SourceText(bytes, file: "t")
        var diagnostics = DiagnosticList(source: source)
        let node = YAMLReader.read(source, reporting: &diagnostics)
        #expect(diagnostics.sorted == [])
        return try #require(node)
    }

    private static func read(_ text: String) -> PipelineReading {
        PipelineReader.read(Array(text.utf8), file: "weir.yaml")
    }

    @Test(arguments: KeyFixture.all)
    func `a supported key has its effect`(_ fixture: KeyFixture) throws {
        let reading = Self.read(fixture.good)
        #expect(reading.rendered == "")
        let plan = try #require(reading.plan)
        #expect(fixture.shows(plan))
    }

    @Test(arguments: KeyFixture.all)
    func `a wrong value is refused with advice`(_ fixture: KeyFixture) {
        let reading = Self.read(fixture.bad)
        #expect(reading.plan == nil)
        #expect(reading.diagnostics.allSatisfy { $0.advice != nil })
    }

    @Test(arguments: KeyFixture.all)
    func `the schema agrees with the reader`(_ fixture: KeyFixture) throws {
        let schema = SchemaCheck(root: try Self.node(PipelineSchema.json()))
        #expect(schema.complaints(try Self.node(Array(fixture.good.utf8))) == [])
        #expect(schema.complaints(try Self.node(Array(fixture.bad.utf8))) != [])
    }

    @Test(arguments: KeyTable.Scope.allCases)
    func `there is one fixture for each supported row`(_ scope: KeyTable.Scope) {
        let rows = KeyTable.rows(of: scope).filter(\.isSupported).map(\.name)
        let fixtures = KeyFixture.all.filter { $0.scope == scope }.map(\.key)
        #expect(rows.sorted() == fixtures.sorted())
    }

    @Test func `the schema holds the supported rows and no other`() throws {
        let root = try Self.node(PipelineSchema.json())
        let definitions = try #require(root.member("$defs"))
        for scope in KeyTable.Scope.allCases {
            let name = scope == .step ? "listedStep" : scope.rawValue
            let map = scope == .pipeline ? root : definitions.member(name)
            let keys = map?.member("properties")?.keys
            #expect(keys == KeyTable.rows(of: scope).filter(\.isSupported).map(\.name))
        }
    }

    @Test func `a key that is not supported yet is refused where it stands`() {
        for scope in KeyTable.Scope.allCases {
            for row in KeyTable.rows(of: scope) where !row.isSupported {
                let text =
                    switch scope {
                    case .pipeline: "\(row.name): x\nsteps: {a: {run: x}}"
                    case .defaults: "steps: {a: {run: x}}\ndefaults:\n  \(row.name): x"
                    default: "steps:\n a:\n  run: x\n  \(row.name): x"
                    }
                let found = Self.read(text).diagnostics.map(\.headline)
                let place =
                    switch scope {
                    case .pipeline: "1:1"
                    case .defaults: "3:3"
                    default: "4:3"
                    }
                #expect(
                    found == ["weir.yaml:\(place): error: `\(row.name)` is not supported yet"]
                )
            }
        }
    }

    @Test func `the reference names every row`() {
        let text = KeyReference.markdown()
        for scope in KeyTable.Scope.allCases {
            for row in KeyTable.rows(of: scope) { #expect(text.contains("| `\(row.name)` |")) }
        }
    }
}
