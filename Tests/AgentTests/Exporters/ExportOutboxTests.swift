import Agent
import Pipeline
import Telemetry
import TestSupport
import Testing

struct ExportOutboxTests {
    private let resource = OTLPResource([])

    /// A batch of the spans of a run with so many steps, and their ids.
    private func batch(steps: Int) throws -> (ExportPiece, [String]) {
        var script = RunScript(pipeline: "test", steps: steps)
        for step in 0..<steps { script.succeeds("s\(step)", at: step) }
        let spans = SpanFold.spans(of: script.events)
        var builder = OTLPBatchBuilder(maximumSpans: spans.count)
        for span in spans { #expect(builder.add(span, of: resource) == .added) }
        let made = builder.take()
        return (ExportPiece(try #require(made)), spans.map { $0.spanID.description })
    }

    private func mark(_ sequence: UInt64) -> [ExportKey: ExportOutbox.Mark] {
        let folder = RunFolder(id: RunScript.run, path: "/nowhere")
        let cursor = ExportCursor(sequence: sequence, isDone: false)
        let source = ExportSource(folder, .spans, before: { 0 })
        return [source.key: .init(source, cursor)]
    }

    @Test func `a cursor moves over the settled beginning only`() throws {
        var outbox = ExportOutbox()
        let (batch, _) = try batch(steps: 1)
        for sequence in 1...4 {
            #expect(outbox.hasRoom)
            outbox.append(batch, marks: mark(UInt64(sequence)), isBacklog: false, oldest: nil)
        }
        #expect(!outbox.hasRoom)
        let ids = (1...4).compactMap { _ in outbox.next(onlyOldest: false)?.id }
        #expect(ids.count == 4 && outbox.inFlight == 4)
        #expect(outbox.next(onlyOldest: false) == nil)

        let accepted = ExportVerdict.accepted(rejected: 0, warning: nil)
        #expect(outbox.settle(ids[1], accepted).accepted == 2)
        // Its memory is given back once.
        #expect(outbox.takeArrived()?.bytes == batch.bytes)
        #expect(outbox.takeArrived() == nil)
        #expect(outbox.settle(ids[3], accepted).accepted == 2)
        #expect(outbox.takeSettled().isEmpty)
        #expect(outbox.settle(ids[0], accepted).accepted == 2)
        #expect(outbox.takeSettled().map(\.cursor.sequence) == [2])
        #expect(outbox.settle(ids[2], accepted).accepted == 2)
        #expect(outbox.takeSettled().map(\.cursor.sequence) == [4])
        #expect(outbox.isEmpty)
    }

    @Test func `what is refused for now is sent again, and nothing beside a probe`() throws {
        var outbox = ExportOutbox()
        let (batch, _) = try batch(steps: 1)
        outbox.append(batch, marks: mark(1), isBacklog: false, oldest: nil)
        outbox.append(batch, marks: mark(2), isBacklog: false, oldest: nil)
        let probe = outbox.next(onlyOldest: true)
        let first = try #require(probe)
        #expect(outbox.next(onlyOldest: true) == nil)
        for verdict in [
            ExportVerdict.retry(.status(503), after: nil), .park(.status(500)), .abandoned,
        ] {
            #expect(outbox.settle(first.id, verdict) == ExportOutbox.Settled())
            #expect(outbox.takeSettled().isEmpty)
            #expect(outbox.takeArrived() == nil)
            let again = outbox.next(onlyOldest: true)
            #expect(again?.id == first.id && again?.piece.bytes == first.piece.bytes)
        }
    }

    @Test(arguments: 0..<8)
    func `halving finds exactly the spans at fault`(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let (batch, spans) = try batch(steps: 200)
        let guilty = Set((0..<Int(seed)).compactMap { _ in spans.randomElement(using: &random) })
        var outbox = ExportOutbox()
        outbox.append(batch, marks: mark(9), isBacklog: true, oldest: nil)
        var total = ExportOutbox.Settled()
        var requests = 0
        while let (id, piece) = outbox.next(onlyOldest: false) {
            requests += 1
            let text = String(decoding: piece.bytes, as: UTF8.self)
            let isRefused = guilty.contains { text.contains("\"spanId\":\"\($0)\"") }
            let settled = outbox.settle(
                id,
                isRefused ? .halve(.status(400)) : .accepted(rejected: 0, warning: nil)
            )
            #expect(settled.isBacklog)
            total.accepted += settled.accepted
            total.rejected += settled.rejected
        }
        #expect(total.rejected == guilty.count, "seed \(seed)")
        #expect(total.accepted == spans.count - guilty.count, "seed \(seed)")
        // A path down the tree for each, and the siblings along it.
        #expect(requests <= 1 + guilty.count * 2 * 9, "seed \(seed)")
        #expect(outbox.takeSettled().map(\.cursor.sequence) == [9])
    }

    @Test func `a collector cannot reject more than it was sent`() throws {
        var outbox = ExportOutbox()
        outbox.append(try batch(steps: 1).0, marks: mark(1), isBacklog: false, oldest: nil)
        let next = outbox.next(onlyOldest: false)
        let id = try #require(next).id
        let settled = outbox.settle(id, .accepted(rejected: .max, warning: nil))
        #expect(settled.accepted == 0 && settled.rejected == 2)
    }
}
