import Agent
import Testing

struct ExportGateTests {
    let start = ContinuousClock.now

    /// The delays that a gate asks for when every probe fails.
    private func delays(
        of count: Int,
        _ close: (inout ExportGate, ContinuousClock.Instant) -> Void
    ) -> [Duration] {
        var gate = ExportGate()
        var now = start
        var delays: [Duration] = []
        for _ in 0..<count {
            close(&gate, now)
            guard case .closed(let until) = gate.passage(at: now) else { break }
            delays.append(until - now)
            now = until
        }
        return delays
    }

    @Test func `parks a minute, doubling to fifteen`() {
        let expected = [1, 2, 4, 8, 15, 15].map { Duration.seconds($0 * 60) }
        #expect(delays(of: 6) { $0.park(at: $1) } == expected)
    }

    @Test(arguments: [(0.0, 0.5), (0.5, 0.75), (0.999, 1.0)])
    func `backs off between half and all of a doubling delay`(_ draw: Double, _ part: Double) {
        let found = delays(of: 7) { $0.noteRefusal(at: $1, wait: nil, random: draw) }
        for (delay, whole) in zip(found, [1.0, 2, 4, 8, 16, 30, 30]) {
            #expect(abs(delay / .seconds(1) - whole * part) < 0.02, "\(found)")
        }
        #expect(found.count == 7)
    }

    @Test(arguments: [-1.0, 2.0, .infinity])
    func `a draw out of range changes nothing`(_ draw: Double) {
        let found = delays(of: 1) { $0.noteRefusal(at: $1, wait: nil, random: draw) }
        #expect(found.allSatisfy { $0 >= .milliseconds(500) && $0 <= .seconds(1) })
    }

    @Test func `waits as long as the collector asks, or longer`() {
        let asked = delays(of: 2) { $0.noteRefusal(at: $1, wait: .seconds(90), random: 0) }
        #expect(asked == [.seconds(90), .seconds(90)])
        let less = delays(of: 1) { $0.noteRefusal(at: $1, wait: .milliseconds(1), random: 0) }
        #expect(less == [.milliseconds(500)])
    }

    @Test func `an answer to the probe opens it, one from before does not`() {
        var gate = ExportGate()
        #expect(gate.passage(at: start) == .open)
        gate.noteRefusal(at: start, wait: .seconds(10), random: 0)
        gate.noteAnswer(at: start + .seconds(1))
        #expect(gate.passage(at: start + .seconds(1)) == .closed(until: start + .seconds(10)))
        #expect(gate.passage(at: start + .seconds(10)) == .probe)
        gate.noteAnswer(at: start + .seconds(11))
        #expect(gate.passage(at: start + .seconds(11)) == .open)
    }

    @Test func `four requests that fail together are one failure`() {
        var gate = ExportGate()
        for _ in 0..<4 { gate.noteRefusal(at: start, wait: nil, random: 1) }
        #expect(gate.passage(at: start) == .closed(until: start + .seconds(1)))
        var parked = ExportGate()
        for _ in 0..<4 { parked.park(at: start) }
        #expect(parked.passage(at: start) == .closed(until: start + .seconds(60)))
    }

    @Test func `a later Retry-After among them counts`() {
        var gate = ExportGate()
        gate.noteRefusal(at: start, wait: nil, random: 1)
        gate.noteRefusal(at: start, wait: .seconds(20), random: 1)
        #expect(gate.passage(at: start) == .closed(until: start + .seconds(20)))
    }

    @Test func `a transient refusal does not shorten a parking`() {
        var gate = ExportGate()
        gate.park(at: start)
        gate.noteRefusal(at: start, wait: nil, random: 0)
        #expect(gate.isParked)
        #expect(gate.passage(at: start) == .closed(until: start + .seconds(60)))
    }
}
