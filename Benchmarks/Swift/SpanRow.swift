import Glibc
import Pipeline
import Synchronization
import Telemetry
import Transport

/// What a span costs from the events of a run on: folded and encoded as OTLP/JSON, or delivered.
enum SpanRow {
    private static let steps = 20_000
    private static let start = Timestamp(nanoseconds: 1_700_000_000_000_000_000)

    /// Prints `spans=N processor=NS bytes=N allocations=N`, of one run's spans after another's.
    static func encode() {
        let events = events().map { Unmanaged.passRetained(Lent($0)) }
        let resource = OTLPResource([ResourceAttribute("service.name", "weir")])
        var builder = OTLPBatchBuilder()
        _ = fold(events, resource, &builder) { $0.recycle($1) }
        let (begun, allocated) = (BenchClock.thread, allocations())
        var total = (spans: 0, bytes: 0)
        for _ in 0..<5 {
            let (spans, bytes) = fold(events, resource, &builder) { $0.recycle($1) }
            total = (total.spans + spans, total.bytes + bytes)
        }
        tell(total, BenchClock.thread - begun, allocations() - allocated)
    }

    /// The same, each batch sent to `url` as well, four at once; processor time of all threads.
    static func deliver(to url: String) throws {
        let events = events().map { Unmanaged.passRetained(Lent($0)) }
        let resource = OTLPResource([ResourceAttribute("service.name", "weir")])
        let thread = try CurlThread(name: "bench-export")
        let line = Line(thread, url)
        var builder = OTLPBatchBuilder()
        _ = fold(events, resource, &builder) { builder, batch in
            if let arrived = line.send(batch) { builder.recycle(arrived) }
        }
        line.drain()
        let (begun, allocated) = (BenchClock.process, allocations())
        var total = (spans: 0, bytes: 0)
        for _ in 0..<5 {
            let (spans, bytes) = fold(events, resource, &builder) { builder, batch in
                if let arrived = line.send(batch) { builder.recycle(arrived) }
            }
            total = (total.spans + spans, total.bytes + bytes)
        }
        line.drain()
        tell(total, BenchClock.process - begun, allocations() - allocated)
        thread.shutDown(within: .zero)
    }

    private static func tell(_ total: (spans: Int, bytes: Int), _ time: Int64, _ allocated: Int) {
        print(
            "spans=\(total.spans) processor=\(time) bytes=\(total.bytes) allocations=\(allocated)"
        )
    }

    private static func fold(
        _ events: [Unmanaged<Lent>],
        _ resource: OTLPResource,
        _ builder: inout OTLPBatchBuilder,
        _ use: (inout OTLPBatchBuilder, OTLPBatch) -> Void
    ) -> (spans: Int, bytes: Int) {
        var fold = SpanFold()
        var total = (spans: 0, bytes: 0)
        func emit(_ span: borrowing FinishedSpan) {
            total.spans += 1
            if builder.add(span, of: resource) == .added { return }
            if let batch = builder.take() {
                total.bytes += batch.bytes.count
                use(&builder, batch)
            }
            precondition(builder.add(span, of: resource) == .added, "a batch holds no span")
        }
        // Lent, not handed over: whoever decodes an event has it to himself.
        for event in events { event._withUnsafeGuaranteedRef { fold.apply($0.event, emit) } }
        if let batch = builder.take() {
            total.bytes += batch.bytes.count
            use(&builder, batch)
        }
        return total
    }

    /// A run of many steps of one attempt each: two spans a step.
    private static func events() -> [RecordedEvent] {
        var events: [RecordedEvent] = []
        func add(_ offset: Int64, _ event: RunEvent) {
            let at = Timestamp(nanoseconds: start.nanoseconds + offset)
            events.append(RecordedEvent(sequence: UInt64(events.count + 1), at: at, event: event))
        }
        let id = RunID(high: 0x0190_0000_0000_0001, low: 0x1234_5678_9ABC_DEF1)
        add(
            0,
            .runStarted(
                RunStarted(
                    run: id,
                    pipeline: "nightly",
                    stepCount: steps,
                    workers: 4,
                    specDigest: "",
                    trigger: "bench",
                    scheduledAt: start,
                    trace: TraceContext(traceID: TraceID(high: 1, low: 1))
                )
            )
        )
        for number in 0..<steps {
            let name = "convert-\(number)"
            let attempt = AttemptRef(step: name, number: 1)
            let begun = Int64(number) * 1_000_000
            var end = AttemptEnd(.success)
            end.exitCode = 0
            end.executable = "/usr/bin/convert"
            end.usage = usage(number)
            add(begun, .stepReady(step: name, after: nil))
            add(begun + 10_000, .attemptStarted(attempt))
            add(begun + 20_000, .attemptLaunched(attempt, pid: Int32(number + 300), startTicks: 7))
            add(begun + 900_000, .attemptFinished(attempt, end))
            add(begun + 900_000, .stepFinished(step: name, StepEnd(.success, attempts: 1)))
        }
        add(Int64(steps) * 1_000_000, .runFinished(RunEnd(.success)))
        return events
    }

    private static func usage(_ number: Int) -> ResourceUsage {
        var usage = ResourceUsage()
        usage.userCPU = .nanoseconds(1_234_567 + number)
        usage.systemCPU = .nanoseconds(234_567)
        usage.peakMemory = 12_345_678
        usage.bytesRead = 4_096
        usage.bytesWritten = 8_192
        usage.voluntarySwitches = 3
        usage.involuntarySwitches = 1
        return usage
    }

    /// What `Benchmarks/count.c`, loaded before all else, has counted; 0 without it.
    private static func allocations() -> Int {
        typealias Function = @convention(c) () -> Int
        guard let symbol = dlsym(nil, "weir_bench_allocations") else { return 0 }
        return unsafeBitCast(symbol, to: Function.self)()
    }
}

/// Requests of which four are on their way at once.
private final class Line: Sendable {
    private let thread: CurlThread
    private let url: String
    private let room = Places(4)
    private let arrived = Mutex<[OTLPBatch]>([])

    init(_ thread: CurlThread, _ url: String) {
        self.thread = thread
        self.url = url
    }

    /// - Returns: A batch that has arrived, if one has since the last one.
    func send(_ batch: OTLPBatch) -> OTLPBatch? {
        room.take()
        let request = CurlRequest(
            url: url,
            headers: [CurlRequest.Header("Content-Type", "application/json")],
            body: batch.bytes
        )
        let isTaken = thread.submit(request) { [self] result in
            guard case .response(let response) = result, response.status == 200 else {
                preconditionFailure("the sink answered \(result)")
            }
            arrived.withLock { $0.append(batch) }
            room.give()
        }
        precondition(isTaken, "curl's thread takes nothing")
        return arrived.withLock { $0.popLast() }
    }

    func drain() { room.awaitAll() }
}

/// A counting semaphore (POSIX).
private final class Places: Sendable {
    private let count: Int
    // POSIX lets any thread call sem_wait and sem_post on it; it is freed when nobody has this.
    private nonisolated(unsafe) let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init(_ count: Int) {
        self.count = count
        sem_init(semaphore, 0, UInt32(count))
    }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    func take() { while sem_wait(semaphore) != 0 {} }
    func give() { sem_post(semaphore) }

    func awaitAll() {
        for _ in 0..<count { take() }
        for _ in 0..<count { give() }
    }
}

/// An event in a place of its own, where it can be looked at without a copy; it stays for good.
private final class Lent {
    let event: RecordedEvent
    init(_ event: RecordedEvent) { self.event = event }
}
