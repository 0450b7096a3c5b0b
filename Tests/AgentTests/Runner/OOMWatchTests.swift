import Pipeline
import TestSupport
import Testing

@testable import Agent

struct OOMWatchTests {
    /// The kernel's counter, moved by hand.
    private final class Counter {
        var value: Int64? = 5
    }

    private let counter = Counter()

    private func watch(isMachineWide: Bool = false) -> OOMWatch {
        OOMWatch(isMachineWide: isMachineWide) { [counter] in counter.value }
    }

    private func at(_ seconds: Double) -> Timestamp { RunScript.at(seconds) }

    @Test func `a kill without a rise of the counter was somebody's`() {
        var watch = watch()
        #expect(watch.finding(since: at(1), at: at(2), others: 0) == .none)
    }

    @Test func `alone, and the counter rose: it was the kernel`() {
        var watch = watch()
        counter.value = 6
        #expect(watch.finding(since: at(1), at: at(2), others: 0) == .certain)
        #expect(watch.finding(since: at(3), at: at(4), others: 0) == .none, "before it began")
    }

    @Test func `where others ran, another may have been meant`() {
        var watch = watch()
        counter.value = 6
        #expect(watch.finding(since: at(1), at: at(2), others: 1) == .possible)
        watch.look(at: at(3), running: 0)
        watch.noteEnd()
        counter.value = 7
        #expect(watch.finding(since: at(3), at: at(4), others: 0) == .possible, "one had ended")
        watch.look(at: at(5), running: 0)
        counter.value = 8
        #expect(watch.finding(since: at(5), at: at(6), others: 0) == .certain)
    }

    @Test func `two that die of one cause are both told`() {
        var watch = watch()
        counter.value = 6
        #expect(watch.finding(since: at(1), at: at(2), others: 1) == .possible)
        #expect(watch.finding(since: at(1), at: at(2.001), others: 0) == .possible)
    }

    @Test func `a look between finds the rise, and its time`() {
        var watch = watch()
        counter.value = 6
        watch.look(at: at(2), running: 1)
        #expect(watch.finding(since: at(1), at: at(9), others: 0) == .certain)
        #expect(watch.finding(since: at(3), at: at(10), others: 0) == .none)
    }

    @Test func `the whole machine's counter proves nothing, a missing one says nothing`() {
        var watch = watch(isMachineWide: true)
        counter.value = 6
        #expect(watch.finding(since: at(1), at: at(2), others: 0) == .possible)
        counter.value = nil
        var blind = OOMWatch(isMachineWide: false) { nil }
        #expect(blind.finding(since: at(1), at: at(2), others: 0) == .none)
        #expect(watch.finding(since: at(3), at: at(4), others: 0) == .none)
        for second in 0..<100 {
            counter.value = Int64(10 + second)
            watch.look(at: at(Double(second)), running: 3)
        }
        #expect(watch.finding(since: at(99), at: at(100), others: 2) == .possible)
    }
}
