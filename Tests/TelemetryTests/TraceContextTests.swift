import Pipeline
import Telemetry
import TestSupport
import Testing

/// The cases of the W3C test suite (`test.py`), those that a parser decides.
struct TraceParentTests {
    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let span = "00f067aa0ba902b7"

    @Test(
        arguments: [
            ("00-\(trace)-\(span)-01", 1),
            ("00-\(trace)-\(span)-00", 0),
            ("00-\(trace)-\(span)-02", 2),
            ("00-\(trace)-\(span)-ff", 3),
            ("a9-\(trace)-\(span)-99", 1),
            (" \t00-\(trace)-\(span)-01\t ", 1),
            ("cc-\(trace)-\(span)-01", 1),
            ("cc-\(trace)-\(span)-01-what-the-future-brings", 1),
            ("01-\(trace)-\(span)-01-", 1),
        ] as [(String, UInt8)]
    )
    func `accepts a header and keeps the known flags`(header: String, flags: UInt8) throws {
        let parent = try #require(TraceParent(header))
        #expect(parent.traceID.description == TraceParentTests.trace)
        #expect(parent.spanID.description == TraceParentTests.span)
        #expect(parent.flags == flags)
        #expect(parent.description == "00-\(parent.traceID)-\(parent.spanID)-0\(flags)")
        #expect(TraceParent(parent.description) == parent)
    }

    @Test(
        arguments: [
            "", "00", "-", "00-\(trace)-\(span)", "00-\(trace)-\(span)-", "00-\(trace)-\(span)-0",
            "ff-\(trace)-\(span)-01", "0-\(trace)-\(span)-01", "000-\(trace)-\(span)-01",
            "00-\(trace)-\(span)-01-", "00-\(trace)-\(span)-01.", "00-\(trace)-\(span)-011",
            "cc-\(trace)-\(span)-01.what", "cc-\(trace)-\(span)-0",
            "00-\(trace.uppercased())-\(span)-01", "00-\(trace)-\(span.uppercased())-01",
            "00-\(trace)-\(span)-0A", "0A-\(trace)-\(span)-01", "0g-\(trace)-\(span)-01",
            "00-\(trace.dropLast())g-\(span)-01", "00-\(trace)-\(span.dropLast())g-01",
            "00-\(trace.dropLast())-\(span)-001", "00-\(trace)0-\(span.dropLast())-01",
            "00_\(trace)_\(span)_01", "00-\(trace)-\(span)_01",
            "00-00000000000000000000000000000000-\(span)-01", "00-\(trace)-0000000000000000-01",
            "00-\(trace)-\(span)-01\n", "00-\(trace)-\(span)-é1",
            "é0-\(trace)-\(span)-01", "00-\(trace)-00f067aa0ba902é-01",
        ]
    )
    func `refuses`(header: String) {
        #expect(TraceParent(header) == nil)
    }

    @Test func `never traps on damaged headers`() {
        var random = SeededRandom(seed: 7)
        let valid = Array("cc-\(TraceParentTests.trace)-\(TraceParentTests.span)-01-x".utf8)
        for _ in 0..<5_000 {
            var bytes = valid
            for _ in 0...Int.random(in: 0..<3, using: &random) {
                let position = Int.random(in: 0..<bytes.count, using: &random)
                bytes[position] = UInt8.random(in: 0...255, using: &random)
            }
            let header = String(
                decoding: bytes.prefix(.random(in: 0...60, using: &random)),
                as: UTF8.self
            )
            if let parent = TraceParent(header) {
                #expect(TraceParent(parent.description) == parent)
            }
        }
    }
}

struct TraceStateTests {
    @Test(
        arguments: [
            (["foo=1"], "foo=1"),
            (["foo=1,bar=2"], "foo=1,bar=2"),
            (["foo=1", "bar=2"], "foo=1,bar=2"),
            (["foo=1 \t , \t bar=2, \t baz=3"], "foo=1,bar=2,baz=3"),
            (["foo=1,", ",,bar=2", ""], "foo=1,bar=2"),
            (["foo=1,foo=1"], "foo=1,foo=1"),
            (
                ["1a-*/_@b=!\"#$%&'()*+-./:;<>?@[]^_`{|}~ x"],
                "1a-*/_@b=!\"#$%&'()*+-./:;<>?@[]^_`{|}~ x"
            ),
            (["foo@=1,@foo=2"], ""),
            (["foo@=1"], "foo@=1"),
            ([], ""),
        ] as [([String], String)]
    )
    func `hands on what is well formed`(headers: [String], state: String) {
        #expect(TraceState.validated(headers) == state)
    }

    @Test(
        arguments: [
            "foo", "foo=", "=1", "foo =1", "FOO=1", "foo.bar=1", "foo=bar=baz", "foo=,bar=3",
            "foo=1;bar=2,x", "foo=é", "foo=\u{1}", "foo@bar@baz=1,é=1", "-foo=1", "_foo=1",
        ]
    )
    func `discards all for one malformed member`(member: String) {
        let expected = member == "foo@bar@baz=1" ? member : ""
        #expect(TraceState.validated(["good=1", member]) == expected)
    }

    @Test func `accepts names and values of 256 characters and no more`() {
        let name = String(repeating: "z", count: 256)
        #expect(TraceState.validated(["\(name)=\(name)"]) == "\(name)=\(name)")
        #expect(TraceState.validated(["\(name)z=1"]) == "")
        #expect(TraceState.validated(["z=\(name)z"]) == "")
    }

    @Test func `accepts 32 members and discards 33`() {
        let members = (1...33).map { "k\($0)=1" }
        let most = members.dropLast().joined(separator: ",")
        #expect(TraceState.validated([most]) == most)
        #expect(TraceState.validated(members) == "")
    }

    @Test func `shortens by whole members, the long ones first`() {
        let long = (1...16).map { "long\($0)=" + String(repeating: "x", count: 250) }
        let short = (1...16).map { "short\($0)=1" }
        let state = TraceState.validated([(long + short).joined(separator: ",")])
        #expect(state == short.joined(separator: ","))
    }
}

struct BaggageTests {
    @Test(
        arguments: [
            (["a=1"], "a=1"),
            (["a=1,b=%20x;prop;p2=v"], "a=1,b=%20x;prop;p2=v"),
            (["a = 1 ; p = v , b=2"], "a = 1 ; p = v,b=2"),
            (["a=", "b=x=y"], "a=,b=x=y"),
            (["a=1,broken,b=2"], "a=1,b=2"),
            (["a=1,b=with space,c=\u{7}"], "a=1"),
            (["a\n=1,=2,a/b=3,\"=4"], ""),
            ([], ""),
        ] as [([String], String)]
    )
    func `hands on members that are well formed`(headers: [String], baggage: String) {
        #expect(Baggage.validated(headers) == baggage)
    }

    @Test func `carries 64 members and no more`() {
        let members = (1...80).map { "k\($0)=1" }
        #expect(Baggage.validated(members) == members.prefix(64).joined(separator: ","))
    }

    @Test func `carries 8192 bytes and no more`() {
        let member = "k=" + String(repeating: "x", count: 4_094)
        #expect(Baggage.validated([member, "a=1", member]).utf8.count == 4_096 + 4)
        let most = Baggage.validated(["kk=" + String(repeating: "x", count: 4_092), member])
        #expect(most.utf8.count == 8_192)
    }
}

struct PropagationTests {
    private static let header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    private let run = RunScript.run

    @Test func `starts a trace under the run's id when nobody called`() {
        let context = TraceContext(run: run)
        #expect(context.traceID.description == run.description)
        #expect(context.parent == nil)
        #expect(context.flags == 3)
    }

    @Test func `continues the caller's trace and copies the random flag`() {
        let incoming = IncomingContext(
            propagators: [.traceContext, .baggage],
            environment: [
                "TRACEPARENT": PropagationTests.header, "TRACESTATE": "a=1", "BAGGAGE": "k=v",
                "traceparent": "not looked at",
            ]
        )
        let context = TraceContext(run: run, incoming: incoming)
        #expect(context.traceID.description == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(context.parent?.description == "00f067aa0ba902b7")
        #expect(context.flags == 1)
        #expect(context.state == "a=1")
        #expect(context.baggage == "k=v")
    }

    @Test func `drops the state with an invalid parent and keeps the baggage`() {
        let incoming = IncomingContext(
            propagators: [.traceContext, .baggage],
            environment: ["TRACEPARENT": "00-zz", "TRACESTATE": "a=1", "BAGGAGE": "k=v"]
        )
        #expect(incoming.parent == nil)
        #expect(incoming.state == "")
        #expect(incoming.baggage == "k=v")
    }

    @Test func `takes two parents as none`() {
        let incoming = IncomingContext(propagators: [.traceContext]) { name in
            name == "traceparent" ? [PropagationTests.header, PropagationTests.header] : []
        }
        #expect(incoming.parent == nil)
    }

    @Test func `looks only at what the propagators name`() {
        let environment = ["TRACEPARENT": PropagationTests.header, "BAGGAGE": "k=v"]
        #expect(IncomingContext(propagators: [], environment: environment) == .none)
        let baggage = IncomingContext(propagators: [.baggage], environment: environment)
        #expect(baggage.parent == nil)
        #expect(baggage.baggage == "k=v")
    }

    @Test func `hands a child its own parent`() {
        var context = TraceContext(run: run)
        let span = SpanID(0xa1)
        let all = Propagator.allCases
        let parent = "00-\(run)-00000000000000a1-03"
        #expect(context.variables(for: span, propagators: all).map(\.1) == [parent])
        context.state = "a=1"
        context.baggage = "k=v"
        #expect(
            context.variables(for: span, propagators: all).map { "\($0)=\($1)" }
                == ["TRACEPARENT=\(parent)", "TRACESTATE=a=1", "BAGGAGE=k=v"]
        )
        #expect(context.variables(for: nil, propagators: all).map(\.0) == ["BAGGAGE"])
        #expect(context.variables(for: span, propagators: []).isEmpty)
    }

    @Test func `tells children of a trace that is not sampled`() {
        let context = TraceContext(run: run, sampler: .alwaysOff)
        #expect(context.flags == 2)
        let variables = context.variables(for: SpanID(1), propagators: [.traceContext])
        #expect(variables.map(\.1) == ["00-\(run)-0000000000000001-02"])
    }
}

struct SamplerTests {
    private let trace = TraceID(high: .max, low: 0xff80_0000_0000_0000)

    @Test func `always_on and always_off ask nobody`() throws {
        let parent = try #require(TraceParent("00-\(trace)-00000000000000a1-00"))
        #expect(Sampler.alwaysOn.isSampled(trace, parent: parent))
        #expect(!Sampler.alwaysOff.isSampled(trace, parent: nil))
    }

    @Test(arguments: [UInt8(0), 1])
    func `parentbased does what the parent did`(flags: UInt8) {
        let parent = TraceParent(traceID: trace, spanID: SpanID(1), flags: flags)
        for root in [Sampler.alwaysOn, .alwaysOff, .traceIDRatio(0.5)] {
            #expect(
                Sampler.parentBased(root: root).isSampled(trace, parent: parent) == (flags == 1)
            )
        }
        #expect(Sampler.parentBased(root: .alwaysOn).isSampled(trace, parent: nil))
        #expect(!Sampler.parentBased(root: .alwaysOff).isSampled(trace, parent: nil))
    }

    /// R of the trace id is 0x80000000000000, exactly the threshold of one half.
    @Test(
        arguments: [(0, false), (0.499_999_999, false), (0.5, true), (0.75, true), (1, true)]
    )
    func `compares the low 56 bits with the threshold`(ratio: Double, isSampled: Bool) {
        #expect(Sampler.traceIDRatio(ratio).isSampled(trace, parent: nil) == isSampled)
    }

    @Test(arguments: [Double.nan, -1, 2, .infinity])
    func `never traps on a strange ratio`(ratio: Double) {
        #expect(Sampler.traceIDRatio(ratio).isSampled(trace, parent: nil) == (ratio > 1))
    }

    @Test func `chooses its share, and a higher ratio chooses all of a lower one's`() {
        var random = SeededRandom(seed: 11)
        var chosen = 0
        for _ in 0..<20_000 {
            let trace = TraceID(high: 1, low: random.next())
            let low = Sampler.traceIDRatio(0.1).isSampled(trace, parent: nil)
            let high = Sampler.traceIDRatio(0.2).isSampled(trace, parent: nil)
            #expect(high || !low)
            if low { chosen += 1 }
        }
        #expect((1_800...2_200).contains(chosen))
    }
}
