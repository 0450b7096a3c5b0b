import Journal
import Pipeline
import TestSupport
import Testing

@testable import Agent

struct RequestIndexTests {
    private func identity(_ key: UInt64, content: UInt64 = 1) -> RequestIdentity {
        RequestIdentity(
            key: RequestDigest(high: 1, low: key),
            content: RequestDigest(high: 2, low: content)
        )
    }

    private func start(_ key: UInt64, at second: Int64) -> RunStarted {
        var started = makeRunStart(second, suffix: key)
        started.trigger = RunTrigger.api
        started.request = identity(key)
        return started
    }

    private func run(_ finding: RequestIndex.Finding) -> UInt64? {
        if case .answered(let answer) = finding { answer.run.low } else { nil }
    }

    private func isNew(_ finding: RequestIndex.Finding) -> Bool {
        if case .new = finding { true } else { false }
    }

    @Test func `a request is new once, under way while its run begins, and answered from then on`()
        throws
    {
        let index = RequestIndex()
        var claim: RequestClaim?
        if case .new(let made) = index.find(identity(7)) { claim = made }
        try #require(claim != nil)
        guard case .underWay = index.find(identity(7)) else {
            Issue.record("not under way")
            return
        }
        guard case .otherContent = index.find(identity(7, content: 2)) else {
            Issue.record("another request")
            return
        }
        claim?.settle(start(7, at: 1), at: instant(1))
        claim = nil
        #expect(run(index.find(identity(7))) == 7)
        guard case .otherContent = index.find(identity(7, content: 2)) else {
            Issue.record("another request")
            return
        }
    }

    @Test func `a request whose run was not begun is new again`() {
        let index = RequestIndex()
        #expect(isNew(index.find(identity(7))))
        #expect(isNew(index.find(identity(7, content: 2))), "the claim was dropped")
    }

    @Test func `a claim that is gone takes nothing from the one that follows it`() throws {
        let index = RequestIndex()
        guard case .new(let first) = index.find(identity(7)) else {
            Issue.record("not new")
            return
        }
        first.drop()
        guard case .new(let second) = index.find(identity(7)) else {
            Issue.record("not new again")
            return
        }
        first.drop()
        guard case .underWay = index.find(identity(7)) else {
            Issue.record("the second one is lost")
            return
        }
        withExtendedLifetime((first, second)) {}
    }

    @Test func `the newest are kept, for a day at least`() {
        let index = RequestIndex(capacity: 3)
        for key in 1...5 { index.remember(start(UInt64(key), at: Int64(key)), at: instant(5)) }
        #expect(isNew(index.find(identity(2))))
        #expect((3...5).map { run(index.find(identity($0))) } == [3, 4, 5])
        let day = Int64(RequestIndex.age / .seconds(1))
        index.remember(start(6, at: day + 5), at: instant(day + 5))
        #expect(isNew(index.find(identity(4))), "a day and a second old")
        #expect(run(index.find(identity(5))) == 5, "a day old")
    }

    @Test func `a key that is used anew belongs to the newer run`() {
        let index = RequestIndex(capacity: 2)
        var old = start(1, at: 1)
        old.request = identity(9)
        var new = start(2, at: 2)
        new.request = identity(9, content: 3)
        index.remember(old, at: instant(2))
        index.remember(new, at: instant(2))
        index.remember(start(3, at: 3), at: instant(3))
        #expect(run(index.find(identity(9, content: 3))) == 2, "the older one's end is not its end")
    }

    @Test func `is made anew from the runs of the last day, whatever became of them`() throws {
        let fixture = StateFixture()
        let day = Int64(RequestIndex.age / .seconds(1))
        for (key, second) in [(1, 1), (2, day - 10), (3, day), (4, day + 2)] as [(UInt64, Int64)] {
            _ = try fixture.state.createRun(
                start(key, at: second),
                at: instant(second),
                plan: makePlanDocument()
            )
        }
        try fixture.makeRun(day + 1, suffix: 5)
        let index = try RequestIndex(of: fixture.state, at: instant(day + 3))
        #expect(isNew(index.find(identity(1))), "older than a day")
        #expect((2...4).map { run(index.find(identity($0))) } == [2, 3, 4])
        let small = try RequestIndex(of: fixture.state, at: instant(day + 3), capacity: 2)
        #expect(isNew(small.find(identity(2))))
        #expect((3...4).map { run(small.find(identity($0))) } == [3, 4])
    }
}
