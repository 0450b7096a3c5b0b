import Testing

@testable import Agent

struct ServicePulseTests {
    private let stuck = "loop-work has not turned for 61 s"

    @Test func `the watchdog hears nothing from an agent that does not count as alive`() {
        var pulse = ServicePulse(watchdog: .seconds(5))
        let good = ServicePulse.Answer(message: "WATCHDOG=1")
        #expect(pulse.interval == .seconds(5))
        #expect(pulse.beat(fault: nil, runs: 3) == good)
        let first = pulse.beat(fault: stuck, runs: 3)
        #expect(first.message == nil)
        #expect(first.complaint?.contains(stuck) == true)
        #expect(pulse.beat(fault: stuck, runs: 3) == .init(), "said once, and still no sign")
        #expect(pulse.beat(fault: nil, runs: 3) == good, "it has come round")
        #expect(pulse.beat(fault: stuck, runs: 3).complaint != nil, "each time anew")
    }

    @Test func `without a watchdog nobody wakes up until the end`() {
        var pulse = ServicePulse(watchdog: nil)
        #expect(pulse.interval == nil)
        #expect(pulse.beat(fault: nil, runs: 1) == .init())
        pulse.end()
        #expect(pulse.interval == .seconds(10))
    }

    @Test func `a stop is extended while runs go on and the agent is alive`() {
        var pulse = ServicePulse(watchdog: .seconds(60))
        pulse.end()
        #expect(pulse.interval == .seconds(10), "before the extension is over")
        let message = pulse.beat(fault: nil, runs: 2).message ?? ""
        #expect(message.hasPrefix("WATCHDOG=1\nEXTEND_TIMEOUT_USEC=30000000\nSTATUS="))
        #expect(message.contains("2 runs"))
        #expect(pulse.beat(fault: nil, runs: 0).message == "WATCHDOG=1", "the end is near")
        #expect(pulse.beat(fault: stuck, runs: 2).message == nil)
    }

    @Test func `a quick watchdog is not slowed down by the end`() {
        var pulse = ServicePulse(watchdog: .seconds(1))
        pulse.end()
        #expect(pulse.interval == .seconds(1))
    }
}
