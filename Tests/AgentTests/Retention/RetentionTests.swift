import Agent
import Pipeline
import Testing

/// Which runs stay: a decision on facts alone.
struct RetentionTests {
    private typealias Fate = Retention.Fate
    private let day = Duration.seconds(86_400)
    private var now: Timestamp { instant(1_000_000) }

    /// A run that began at `second` and ended then too, unless said otherwise.
    private func run(
        _ second: Int64,
        _ state: RunFacts.State? = nil,
        bytes: Int64 = 10,
        change: (inout RunFacts) -> Void = { _ in }
    ) -> RunFacts {
        let id = RunID(startedAt: instant(second), random: (0, UInt64(second)))
        var facts = RunFacts(id, state ?? .finished(at: instant(second)), bytes: bytes)
        change(&facts)
        return facts
    }

    private func fates(
        _ runs: [RunFacts],
        runs count: Int = 1_000,
        age: Duration = .seconds(86_400 * 365),
        bytes: Int64 = .max
    ) -> [Fate] {
        Retention(RetentionLimits(runs: count, age: age, bytes: bytes)).fates(of: runs, at: now)
    }

    @Test func `within the limits everything stays`() {
        #expect(fates([]) == [])
        #expect(fates([run(1), run(2)]) == [.keep(.limits), .keep(.limits)])
        #expect(fates([run(1), run(2)], runs: 2, bytes: 20) == [.keep(.limits), .keep(.limits)])
    }

    @Test func `by count those that ended first go, in whatever order they are given`() {
        let gone = Fate.delete(.count)
        #expect(fates([run(1), run(3), run(2)], runs: 1) == [gone, .keep(.limits), gone])
        #expect(fates([run(1), run(2)], runs: 0) == [gone, gone])
    }

    @Test func `the end counts, not the beginning; of equals the later id stays`() {
        let long = run(1, .finished(at: instant(100)))
        #expect(fates([long, run(50)], runs: 1) == [.keep(.limits), .delete(.count)])
        let equals = [run(1, .finished(at: instant(9))), run(2, .finished(at: instant(9)))]
        #expect(fates(equals, runs: 1) == [.delete(.count), .keep(.limits)])
    }

    @Test func `by age what is older than the limit goes, and what is just as old stays`() {
        let limit = Duration.seconds(100)
        let runs = [run(1_000_000 - 100), run(1_000_000 - 101)]
        #expect(fates(runs, age: limit) == [.keep(.limits), .delete(.age)])
        #expect(
            fates([run(999_999), run(1_000_000)], age: .zero) == [.delete(.age), .keep(.limits)]
        )
    }

    @Test func `by size the oldest go until the rest fits, those that must stay included`() {
        let stuck = run(9, .interrupted, bytes: 50)
        let runs = [run(3), run(2), run(1), stuck]
        #expect(
            fates(runs, bytes: 70)
                == [.keep(.limits), .keep(.limits), .delete(.size), .keep(.interrupted)]
        )
        #expect(
            fates(runs, bytes: 0)
                == [.delete(.size), .delete(.size), .delete(.size), .keep(.interrupted)]
        )
        #expect(
            fates([run(1, bytes: .max), run(2, bytes: .max)], bytes: .max - 1).first
                == .delete(.size)
        )
    }

    @Test func `what goes by count or age frees room before size is asked`() {
        #expect(
            fates([run(3), run(2), run(1)], runs: 2, bytes: 20)
                == [.keep(.limits), .keep(.limits), .delete(.count)]
        )
    }

    @Test func `runs that have not ended, are locked or cannot be read never go`() {
        let runs = [
            run(1, .running), run(2, .interrupted), run(3, .unreadable("torn")),
            run(4) { $0.isLocked = true }, run(5, .interrupted) { $0.isLocked = true },
        ]
        let kept: [Fate] = [
            .keep(.running), .keep(.interrupted), .keep(.unreadable), .keep(.running),
            .keep(.running),
        ]
        #expect(fates(runs, runs: 0, age: .zero, bytes: 0) == kept)
    }

    @Test func `unsent spans keep a run from count and size, not from age`() {
        let unsent = run(1) { $0.isUnsent = true }
        #expect(fates([unsent], runs: 0) == [.keep(.unsent)])
        #expect(fates([unsent], bytes: 0) == [.keep(.unsent)])
        #expect(fates([unsent], runs: 0, age: day, bytes: 0) == [.delete(.age)])
    }

    @Test func `a run that answers a repeated start stays for as long as it must`() {
        let answering = run(1) { $0.answersUntil = instant(1_000_001) }
        #expect(fates([answering], runs: 0, age: .zero, bytes: 0) == [.keep(.request)])
        let past = run(1) { $0.answersUntil = instant(1_000_000) }
        #expect(fates([past], runs: 0) == [.delete(.count)])
    }

    @Test func `what must stay takes its place among those counted`() {
        let unsent = run(9) { $0.isUnsent = true }
        #expect(
            fates([unsent, run(8), run(7)], runs: 2)
                == [.keep(.limits), .keep(.limits), .delete(.count)]
        )
    }
}
