import Glibc
import Synchronization
import Telemetry

/// What code pays for counting: one child, kept by whoever counts, shared by all threads.
///
/// Prints `OPERATIONS NANOSECONDS` of processor time.
enum HotRow {
    /// Operations between two signs of life of a thread.
    private static let batch = 1_000
    private static let labels = [MetricDefinition.Label("pipeline"), .init("result")]

    static func counter(threads: Int) {
        let metric = MetricDefinition("jobs_total", .counter, "Jobs.", labels: labels)
        let registry = MetricRegistry([metric])
        let child = registry.counter(metric, ["nightly", "success"])
        let (operations, nanoseconds) = Hammer(threads: threads, batch: batch).run {
            for _ in 0..<batch { child.add() }
        }
        precondition(child.value >= operations, "counted less than was done")
        print(operations, nanoseconds)
    }

    static func histogram(threads: Int) {
        // The default buckets of client_golang, eleven of them.
        let bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
        let metric = MetricDefinition(
            "job_seconds",
            .histogram,
            unit: .seconds,
            "Time.",
            labels: labels,
            buckets: MetricBuckets(seconds: bounds)
        )
        let registry = MetricRegistry([metric])
        let child = registry.histogram(metric, ["nightly", "success"])
        let values = durations(1_024)
        let (operations, nanoseconds) = Hammer(threads: threads, batch: batch).run {
            for index in 0..<batch { child.observe(nanoseconds: values[index & 1_023]) }
        }
        precondition(child.snapshot.count >= operations, "counted less than was done")
        print(operations, nanoseconds)
    }

    /// Durations from 1 ms to 16 s, as many of each magnitude; the peer has the same ones.
    private static func durations(_ count: Int) -> [Int64] {
        var state: UInt64 = 42
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let value = Int64(1_000_000) << (state >> 60) | Int64(state >> 40 & 0xFFFFF)
            return value > 16_000_000_000 ? value / 2 : value
        }
    }
}

/// Threads that all do the same until time is up.
final class Hammer: Sendable {
    /// Alone in its cache lines.
    private final class Progress: Sendable {
        private let before = InlineArray<16, Atomic<Int>> { _ in Atomic(0) }
        let batches = Atomic(0)
        private let after = InlineArray<16, Atomic<Int>> { _ in Atomic(0) }
    }

    private static let lasting: Int64 = 200_000_000
    /// Batches between two looks at the clock.
    private static let stretch = 10

    private let batch: Int
    private let progress: [Progress]
    private let waiting: Atomic<Int>
    private let operations = Atomic(0)
    private let nanoseconds = Atomic<Int64>(0)

    init(threads: Int, batch: Int) {
        self.batch = batch
        progress = (0..<threads).map { _ in Progress() }
        waiting = Atomic(threads)
    }

    /// - Returns: Operations and the processor time that they took.
    ///
    ///   Each thread has a processor. Only stretches count in which nothing else took it, and in
    ///   which every other thread got on as well: otherwise they are not in each other's way.
    func run(_ work: @escaping @Sendable () -> Void) -> (operations: Int, nanoseconds: Int64) {
        let threads = progress.indices.map { index in
            BenchThread { self.hammer(index, work) }
        }
        for thread in threads { thread.join() }
        return (operations.load(ordering: .relaxed), nanoseconds.load(ordering: .relaxed))
    }

    private func hammer(_ me: Int, _ work: () -> Void) {
        Self.pin(me)
        waiting.subtract(1, ordering: .acquiringAndReleasing)
        while waiting.load(ordering: .acquiring) > 0 { sched_yield() }
        let end = BenchClock.wall + Self.lasting
        while BenchClock.wall < end {
            let seen = batches
            let (begin, start) = (BenchClock.wall, BenchClock.thread)
            for _ in 0..<Self.stretch {
                work()
                progress[me].batches.add(1, ordering: .relaxed)
            }
            let took = BenchClock.thread - start
            let isAlone = BenchClock.wall - begin < took + took / 4
            let now = batches
            guard isAlone, progress.indices.allSatisfy({ $0 == me || now[$0] > seen[$0] }) else {
                continue
            }
            operations.add(Self.stretch * batch, ordering: .relaxed)
            nanoseconds.add(took, ordering: .relaxed)
        }
    }

    /// Puts the calling thread on a processor of its own.
    private static func pin(_ index: Int) {
        typealias Function = @convention(c) (pid_t, Int, UnsafePointer<UInt64>) -> CInt
        // Glibc's module leaves out what is declared for _GNU_SOURCE alone.
        guard let symbol = dlsym(nil, "sched_setaffinity") else {
            preconditionFailure("no sched_setaffinity")
        }
        let mask = UInt64(1) << UInt64(index % max(1, sysconf(CInt(_SC_NPROCESSORS_ONLN))))
        let code = unsafeBitCast(symbol, to: Function.self)(
            0,
            MemoryLayout.size(ofValue: mask),
            [mask]
        )
        precondition(code == 0, "no processor for a thread to measure with")
    }

    private var batches: [Int] { progress.map { $0.batches.load(ordering: .relaxed) } }
}

/// A thread that does one thing and is waited for.
final class BenchThread {
    private final class Body {
        let work: () -> Void
        init(_ work: @escaping () -> Void) { self.work = work }
    }

    private var identifier = pthread_t()

    init(_ work: @escaping @Sendable () -> Void) {
        let body = Unmanaged.passRetained(Body(work))
        let code = pthread_create(
            &identifier,
            nil,
            { context in
                if let context { Unmanaged<Body>.fromOpaque(context).takeRetainedValue().work() }
                return nil
            },
            body.toOpaque()
        )
        precondition(code == 0, "no thread to measure with")
    }

    func join() {
        pthread_join(identifier, nil)
    }
}
