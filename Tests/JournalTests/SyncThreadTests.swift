import Journal
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(10)))
struct SyncThreadTests {
    let disk = SimulatedDisk()

    /// Waits for the next sync outcomes of a journal.
    private func outcomes(of writer: JournalWriter) -> AsyncStream<Int?> {
        let (stream, continuation) = AsyncStream<Int?>.makeStream(
            bufferingPolicy: .bufferingNewest(100)
        )
        writer.onSync { outcome in
            switch outcome {
            case .advanced(let offset, _): continuation.yield(offset)
            case .failed: continuation.yield(nil)
            }
        }
        return stream
    }

    @Test func `makes what was written durable without being asked`() async throws {
        let thread = try SyncThread(interval: .milliseconds(5))
        let writer = try JournalWriter.create("/j", in: disk)
        var syncs = outcomes(of: writer).makeAsyncIterator()
        thread.watch(writer)
        var reached = 0
        for turn in 1...20 {
            try writer.append(makeLine(UInt64(turn)))
            while reached < writer.written, let next = await syncs.next(), let offset = next {
                #expect(offset > reached)
                reached = offset
            }
            #expect(writer.synced == writer.written)
        }
    }

    @Test func `never wakes while nothing is dirty`() throws {
        let thread = try SyncThread(interval: .milliseconds(1))
        let writer = try JournalWriter.create("/j", in: disk)
        thread.watch(writer)
        thread.stop()
        #expect(thread.wakeUps == 1, "only to stop")
        #expect(!disk.operations.contains("sync j"))
    }

    @Test func `gathers what is written within the interval into one sync`() throws {
        // Far longer than the test: what is synced is synced by `stop`.
        let thread = try SyncThread(interval: .seconds(3_600))
        let writers = try (0..<3).map { try JournalWriter.create("/j\($0)", in: disk) }
        for writer in writers { thread.watch(writer) }
        for turn in 1...50 {
            for writer in writers { try writer.append(makeLine(UInt64(turn))) }
        }
        #expect(!disk.operations.contains { $0.hasPrefix("sync") })
        thread.stop()
        for writer in writers { #expect(writer.synced == writer.written) }
        #expect(disk.operations.count { $0.hasPrefix("sync") } == 3)
    }

    @Test func `watches a journal that was dirty before`() throws {
        let thread = try SyncThread(interval: .seconds(3_600))
        let writer = try JournalWriter.create("/j", in: disk)
        try writer.append(makeLine(1))
        thread.watch(writer)
        thread.stop()
        #expect(writer.synced == writer.written)
    }

    @Test func `leaves a journal alone that it no longer watches`() throws {
        let thread = try SyncThread(interval: .seconds(3_600))
        let writer = try JournalWriter.create("/j", in: disk)
        thread.watch(writer)
        try writer.append(makeLine(1))
        thread.unwatch(writer)
        thread.stop()
        #expect(writer.synced == 0)
    }

    @Test func `a failed sync is told, and not tried again`() async throws {
        let thread = try SyncThread(interval: .milliseconds(1))
        let writer = try JournalWriter.create("/j", in: disk)
        var syncs = outcomes(of: writer).makeAsyncIterator()
        disk.plan(.fail(5), at: 1)
        thread.watch(writer)
        try writer.append(makeLine(1))
        #expect(await syncs.next() == .some(nil))
        #expect(throws: JournalError.self) { try writer.append(makeLine(2)) }
        thread.stop()
        #expect(disk.operations.count { $0 == "sync j" } == 1)
    }

    @Test func `may be stopped twice, and stops with its owner`() throws {
        var thread: SyncThread? = try SyncThread()
        thread?.stop()
        thread?.stop()
        thread = nil
        _ = try SyncThread()
    }

    /// `append` on one thread and `sync` on two others: a watermark never passes what was written
    /// before the sync began, and ends at the end.
    @Test func `syncs while others write and sync`() async throws {
        let thread = try SyncThread(interval: .milliseconds(1))
        let writer = try JournalWriter.create("/j", in: disk)
        thread.watch(writer)
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for turn in 1...500 { try? writer.append(makeLine(UInt64(turn))) }
            }
            for _ in 0..<2 {
                group.addTask {
                    for _ in 0..<200 {
                        let before = writer.written
                        try? writer.sync()
                        #expect(writer.synced >= before)
                        #expect(writer.synced <= writer.written)
                    }
                }
            }
        }
        thread.stop()
        #expect(writer.synced == writer.written)
        #expect(try Reading(disk.content(of: "/j") ?? []).report.lines == 500)
    }
}
