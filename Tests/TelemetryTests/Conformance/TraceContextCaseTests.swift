import Pipeline
import Telemetry
import TestSupport
import Testing

/// W3C's own cases, at the door of the parser and out again.
struct TraceContextCaseTests {
    private let run = RunScript.run

    @Test(arguments: TraceContextCase.all)
    func `a request gives the context that the specification asks for`(
        request: TraceContextCase
    ) throws {
        let incoming = IncomingContext(
            propagators: Propagator.allCases,
            values: request.values
        )
        #expect((incoming.parent != nil) == request.isContinued)
        #expect(incoming.state == request.state)
        let context = TraceContext(run: run, incoming: incoming)
        guard request.isContinued else {
            #expect(context.traceID.description == run.description)
            #expect(context.parent == nil)
            return
        }
        #expect(context.traceID.description == TraceContextCase.trace)
        #expect(context.parent?.description == TraceContextCase.span)
        #expect(context.flags == request.flags)
        // Handed on: the same trace, another parent, always in version 00.
        let out = context.variables(for: SpanID(0xa1), propagators: [.traceContext])
        let parent = "00-\(TraceContextCase.trace)-00000000000000a1-0\(request.flags)"
        #expect(out.first?.1 == parent)
        #expect(out.dropFirst().map(\.1) == (request.state.isEmpty ? [] : [request.state]))
    }

    @Test(arguments: TraceContextCase.all.filter { $0.environment != nil })
    func `the environment says the same`(request: TraceContextCase) throws {
        let environment = try #require(request.environment)
        let incoming = IncomingContext(
            propagators: Propagator.allCases,
            environment: environment
        )
        #expect((incoming.parent != nil) == request.isContinued)
        #expect(incoming.state == request.state)
    }

    @Test func `the table is the whole suite`() {
        let names = TraceContextCase.all.map(\.description)
        #expect(Set(names).count == names.count)
        #expect(names.count >= 90)
        #expect(TraceContextCase.all.count { $0.isContinued } >= 50)
    }

    @Test func `several requests of one trace are one trace, each child with its own parent`() {
        let incoming = IncomingContext(propagators: [.traceContext]) { name in
            name == "traceparent"
                ? ["00-\(TraceContextCase.trace)-\(TraceContextCase.span)-01"] : []
        }
        let headers = (1...3).map { low in
            let run = RunID(high: 9, low: UInt64(low))
            let context = TraceContext(run: run, incoming: incoming)
            let span = SpanPath.attempt(AttemptRef(step: "a", number: 1)).spanID(in: run)
            return context.variables(for: span, propagators: [.traceContext]).map(\.1)[0]
        }
        #expect(Set(headers).count == 3)
        #expect(headers.allSatisfy { $0.hasPrefix("00-\(TraceContextCase.trace)-") })
        #expect(headers.allSatisfy { !$0.contains(TraceContextCase.span) })
    }

    /// Two headers, both hostile: nothing traps, and what is handed on is clean.
    @Test func `never hands on what is not clean`() {
        var random = SeededRandom(seed: 33)
        let parent = Array("00-\(TraceContextCase.trace)-\(TraceContextCase.span)-01".utf8)
        let state = Array("foo=1,bar@x=2, baz=3".utf8)
        for _ in 0..<4_000 {
            let headers = [parent, state].map { header in
                var bytes = header
                for _ in 0..<Int.random(in: 0..<3, using: &random) {
                    let place = Int.random(in: 0..<bytes.count, using: &random)
                    bytes[place] = UInt8.random(in: 0...255, using: &random)
                }
                return String(decoding: bytes, as: UTF8.self)
            }
            let incoming = IncomingContext(propagators: Propagator.allCases) { name in
                name == "traceparent" ? [headers[0]] : name == "tracestate" ? [headers[1]] : []
            }
            #expect(incoming.parent != nil || incoming.state.isEmpty)
            #expect(incoming.state.utf8.allSatisfy { (0x20...0x7e).contains($0) })
            #expect(TraceState.validated([incoming.state]) == incoming.state)
        }
    }
}
