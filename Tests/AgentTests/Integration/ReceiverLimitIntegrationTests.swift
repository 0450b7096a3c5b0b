import Glibc
import Telemetry
import TestSupport
import Testing

@testable import Agent

/// The receiver's limits at their full size: what takes a slow processor, and a sanitizer, too long
/// for a client that waits.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct ReceiverLimitIntegrationTests {
    @Test func `the largest body is taken, and one byte more is not`() throws {
        let bench = try ReceiverBench()
        let empty = makeTraces(1, padding: 4_000_000).count - 4_000_000
        let largest = makeTraces(1, padding: ReceivedLimits.bodyBytes - empty)
        #expect(largest.count == ReceivedLimits.bodyBytes)
        #expect(try bench.post(largest).status == 200)
        #expect(try bench.bodies().map(\.bytes) == [largest])
        let client = try bench.client()
        client.send(bench.request([UInt8](repeating: 0, count: ReceivedLimits.bodyBytes + 1)))
        #expect(try client.answer().status == 413)
    }

    @Test func `a run's file is bounded, and says when to come again`() throws {
        let bench = try ReceiverBench()
        let path = bench.folder.receivedPath(of: .traces)
        let spool = ReceivedSpool(bench.folder, .traces)
        let large = makeBody([UInt8](repeating: 7, count: ReceivedLimits.bodyBytes))
        var appended = 0
        while appended < 20, (try? spool.append(large)) != nil { appended += 1 }
        #expect(appended == 11)
        var status = stat()
        #expect(stat(path, &status) == 0)
        #expect(status.st_size <= ReceivedLimits.fileBytes)
        #expect(status.st_size > ReceivedLimits.fileBytes - 6 << 20)
        let answer = try bench.post(makeTraces(1, padding: ReceivedLimits.bodyBytes - 200))
        #expect(answer.status == 429)
        #expect(answer.header("retry-after") == "60")
        #expect(answer.body.contains("the run holds 64 MiB of this signal"))
        #expect(bench.receiver.statistics.signals[.traces]?.droppedItems == 1)
    }
}
