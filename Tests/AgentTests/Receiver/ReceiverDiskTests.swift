import Glibc
import Pipeline
import Synchronization
import Telemetry
import TestSupport
import Testing
import Transport

@testable import Agent

/// What becomes of bodies when the disk is slow, full or broken, and at the end of a run.
@Suite(.timeLimit(.minutes(10)))
struct ReceiverDiskTests {
    @Test func `bodies that wait together share one sync`() throws {
        let bench = try ReceiverBench()
        let gate = try GatedStorage.Gate()
        bench.storage.hold(gate)
        var clients = [try bench.client()]
        clients[0].send(bench.request(makeTraces()))
        #expect(gate.arrived.wait(atMost: .seconds(20)))
        // The disk stands still: nobody is answered, and the server goes on.
        for _ in 0..<20 {
            clients.append(try bench.client())
            clients.last?.send(bench.request(makeTraces(2)))
        }
        #expect(try bench.post([0x0B]).status == 400)
        let before = bench.storage.syncs
        gate.open()
        for client in clients { #expect(try client.answer().status == 200) }
        #expect(bench.storage.syncs - before < 10)
        #expect(try bench.bodies().count == 21)
    }

    @Test func `what waits is bounded, and the rest is told to come again`() throws {
        // As 32 MiB and bodies of one, but that a slow processor is done with them in time.
        let bench = try ReceiverBench(queuedBytes: 32 << 10)
        let gate = try GatedStorage.Gate()
        bench.storage.hold(gate)
        let first = try bench.client()
        first.send(bench.request(makeTraces()))
        #expect(gate.arrived.wait(atMost: .seconds(20)))
        let done = Mutex((taken: 0, busy: 0))
        let body = makeBody([UInt8](repeating: 7, count: 1 << 10))
        for _ in 0..<40 {
            bench.run.submit(body) { outcome in
                done.withLock { done in
                    if case .failure(.busy) = outcome { done.busy += 1 } else { done.taken += 1 }
                }
            }
        }
        // So many may wait, with the small one that is being written.
        #expect(done.withLock { $0.busy } == 9)
        let large = try bench.post(makeTraces(1, padding: 2 << 10))
        #expect(large.status == 503)
        #expect(large.header("retry-after") == "1")
        gate.open()
        #expect(try first.answer().status == 200)
        bench.run.close()
        #expect(done.withLock { $0.taken } == 31)
        let counted = try #require(bench.receiver.statistics.signals[.traces])
        #expect((counted.bodies, counted.droppedItems) == (32, 10))
    }

    @Test func `a full disk refuses, and takes again when there is room`() throws {
        let bench = try ReceiverBench()
        bench.storage.failWrites(ENOSPC)
        let answer = try bench.post(makeTraces(4), type: "application/x-protobuf")
        #expect(answer.status == 503)
        #expect(answer.header("retry-after") == "5")
        #expect(bench.receiver.statistics.signals[.traces]?.droppedItems == 4)
        bench.storage.failWrites(nil)
        #expect(try bench.post(makeTraces(4)).status == 200)
        #expect(try bench.bodies().map(\.items) == [4])
    }

    @Test func `nobody is told 200 for what could not be made durable`() throws {
        let bench = try ReceiverBench()
        bench.storage.failSyncs(EIO)
        #expect(try bench.post(makeTraces()).status == 503)
        bench.storage.failSyncs(nil)
        #expect(try bench.post(makeTraces()).status == 503)
        #expect(bench.run.synced(.traces) == 0)
    }

    @Test func `a closed run takes nothing more, and what it took is there`() throws {
        let bench = try ReceiverBench()
        let path = bench.path()
        #expect(try bench.post(makeTraces()).status == 200)
        #expect(!bench.run.isClosed)
        bench.run.close()
        #expect(bench.run.isClosed)
        #expect(try bench.post(makeTraces(), path: path).status == 404)
        #expect(try bench.bodies().count == 1)
        #expect(bench.run.synced(.traces) > 0)
        // Late, from the inside: refused, and the file is not opened again.
        let outcome = Mutex<Result<Void, ReceivedRefusal>?>(nil)
        bench.run.submit(makeBody([1])) { given in outcome.withLock { $0 = given } }
        guard case .failure(.closed)? = outcome.withLock({ $0 }) else {
            Issue.record("a closed run took a body")
            return
        }
        bench.run.close()
    }

    @Test func `what was on its way when a run ended is durable behind its end`() throws {
        let bench = try ReceiverBench()
        let taken = Mutex(0)
        for _ in 0..<50 {
            bench.run.submit(makeBody(noise(100))) { outcome in
                if case .success = outcome { taken.withLock { $0 += 1 } }
            }
        }
        bench.run.close()
        #expect(taken.withLock { $0 } == 50)
        #expect(try bench.bodies().count == 50)
    }

    @Test func `a run taken up again goes on in the same file`() throws {
        let bench = try ReceiverBench()
        #expect(try bench.post(makeTraces(1)).status == 200)
        bench.run.close()
        let plan = makePlan([makeStep("first")])
        let heard = try #require(EventDescriptor())
        let again = bench.receiver.open(bench.folder, plan, mask: SecretMask(values: []))
        again.onSync { heard.signal() }
        let attempt = AttemptRef(step: "first", number: 2)
        let url = again.children.endpoint(for: attempt, stepIndex: 0)
        let path = String(url.dropFirst(bench.receiver.endpoint.count))
        #expect(try bench.post(makeTraces(2), path: path).status == 200)
        #expect(heard.wait(atMost: .seconds(20)))
        #expect(try bench.bodies().map(\.sequence) == [1, 2])
        #expect(try bench.bodies().map { $0.attempt?.number } == [1, 2])
        again.close()
    }

    @Test func `runs beside each other keep apart`() throws {
        let bench = try ReceiverBench()
        let place = TemporaryDirectory()
        let other = bench.receiver.open(
            RunFolder(id: RunID(high: 3, low: 4), path: place.path),
            makePlan([makeStep("first")]),
            mask: SecretMask(values: [])
        )
        let url = other.children.endpoint(for: AttemptRef(step: "first", number: 1), stepIndex: 0)
        let path = String(url.dropFirst(bench.receiver.endpoint.count))
        #expect(try bench.post(makeTraces(1)).status == 200)
        bench.run.close()
        #expect(try bench.post(makeTraces(2), path: path).status == 200)
        #expect(try bench.bodies().map(\.items) == [1])
        #expect(try readBodies(other.folder).bodies.map(\.items) == [2])
        other.close()
    }
}
