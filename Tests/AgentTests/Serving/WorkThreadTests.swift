import Synchronization
import Testing
import Transport

@testable import Agent

@Suite(.timeLimit(.minutes(10)))
struct WorkThreadTests {
    @Test func `a chore comes again and again, between what is asked for`() throws {
        let thread = try WorkThread("weir-test")
        let again = try #require(EventDescriptor())
        let asked = try #require(EventDescriptor())
        let count = Counter()
        thread.repeats(every: .milliseconds(1)) {
            if count.next() == 3 { again.signal() }
        }
        #expect(again.wait(atMost: .seconds(30)))
        #expect(thread.submit { asked.signal() })
        #expect(asked.wait(atMost: .seconds(30)))
        thread.stop()
        let last = count.value
        #expect(!thread.submit {})
        #expect(last >= 3)
        #expect(count.value == last)
    }

    @Test func `a chore is not done before its time`() throws {
        let thread = try WorkThread("weir-test")
        let count = Counter()
        thread.repeats(every: .seconds(3_600)) { _ = count.next() }
        #expect(thread.submit {})
        thread.stop()
        #expect(count.value == 0)
    }

    @Test func `what is for later is done once, when its time has come`() throws {
        let thread = try WorkThread("weir-test")
        let (done, asked) = (Counter(), Counter())
        let rung = try #require(EventDescriptor())
        let begun = ContinuousClock.now
        thread.submit(after: .seconds(3_600)) { _ = asked.next() }
        thread.submit(after: .milliseconds(20)) {
            _ = done.next()
            rung.signal()
        }
        #expect(rung.wait(atMost: .seconds(30)))
        #expect(ContinuousClock.now - begun >= .milliseconds(20))
        thread.stop()
        #expect(done.value == 1)
        #expect(asked.value == 0, "the end does not wait for it")
    }

    private final class Counter: Sendable {
        private let count = Atomic(0)

        var value: Int { count.load(ordering: .relaxed) }

        func next() -> Int { count.add(1, ordering: .relaxed).newValue }
    }
}
