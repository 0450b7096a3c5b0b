import Pipeline
import Testing

/// The machine, told when it is and what came of each start.
struct ScheduleMachineTests {
    struct CatchingUp {
        @Test(arguments: [
            (CatchUpPolicy.none, [Int](), 6), (.latest, [360], 5),
            (.all, [60, 120, 180, 240, 300, 360], 0),
        ])
        func `what passed while nobody was there is made up for as the policy says`(
            _ policy: CatchUpPolicy,
            _ begun: [Int],
            _ missed: Int
        ) {
            var bench = ScheduleBench(catchUp: policy)
            bench.load(at: 0)
            bench.stop()
            // The slot at 420 is a second late, which is not missed.
            bench.restart(at: 421)
            #expect(bench.begun == begun + [420])
            #expect(bench.missed[policy.rawValue, default: 0] == missed)
        }

        @Test func `older than within is not made up for`() {
            var bench = ScheduleBench(catchUp: .all, within: .seconds(150), overlap: .allow)
            bench.load(at: 0)
            bench.restart(at: 421)
            #expect(bench.begun == [300, 360, 420])
            #expect(bench.missed == ["all": 4])
            #expect(bench.missedSpans == [60...240])
        }

        @Test func `a million slots that passed are counted up to a bound and cost little`() {
            var bench = ScheduleBench(
                every: 1,
                catchUp: .all,
                within: .seconds(10_000_000),
                overlap: .queue
            )
            bench.load(at: 0)
            bench.restart(at: 5_000_000)
            #expect(bench.begun.count == ScheduleMachine.caughtUpMax)
            // Those of the last minute come when no more may wait.
            #expect(bench.missed == ["all": ScheduleMachine.countedMax, "queue": 60])
            #expect(bench.machine.wake == ScheduleBench.instant(5_000_001))
        }

        @Test func `what waited before a restart waits after it`() {
            var bench = ScheduleBench(overlap: .queue)
            bench.load(at: 0)
            bench.answer = { _ in .overlapped }
            bench.advance(to: 60)
            bench.advance(to: 120)
            #expect(
                bench.events.contains(
                    .slotQueued(ScheduleBench.key, slot: ScheduleBench.instant(60))
                )
            )
            bench.answer = { _ in .began(ScheduleBench.run) }
            bench.restart(at: 130)
            #expect(bench.begun == [60, 120])
        }
    }

    struct Overlapping {
        @Test func `skip passes over a slot while another run goes on`() {
            var bench = ScheduleBench(overlap: .skip)
            bench.load(at: 0)
            bench.answer = { $0 == 60 ? .overlapped : .began(ScheduleBench.run) }
            bench.advance(to: 60)
            bench.advance(to: 120)
            #expect(bench.begun == [120])
            #expect(bench.missed == ["skip": 1])
        }

        @Test func `queue waits for the end, in order`() {
            var bench = ScheduleBench(overlap: .queue)
            bench.load(at: 0)
            bench.answer = { _ in .overlapped }
            bench.advance(to: 60)
            bench.advance(to: 120)
            #expect(bench.begun == [] && bench.machine.waitingCount == 2)
            bench.answer = { _ in .began(ScheduleBench.run) }
            bench.machine.runEnded(of: "p")
            bench.begin(at: 130)
            #expect(bench.begun == [60, 120])
            #expect(bench.missed == [:] && bench.machine.waitingCount == 0)
        }

        @Test func `replace lets the newest slot take the place of those that wait`() {
            var bench = ScheduleBench(overlap: .replace)
            bench.load(at: 0)
            bench.answer = { _ in .overlapped }
            bench.advance(to: 60)
            bench.advance(to: 120)
            bench.answer = { _ in .began(ScheduleBench.run) }
            bench.advance(to: 122)
            #expect(bench.begun == [120])
            #expect(bench.missed == ["replace": 1])
        }

        @Test func `somebody else's run is asked for again after a second`() {
            var bench = ScheduleBench(overlap: .queue)
            bench.load(at: 0)
            bench.answer = { _ in .overlapped }
            bench.advance(to: 60)
            #expect(bench.machine.wake == ScheduleBench.instant(61))
            bench.answer = { _ in .began(ScheduleBench.run) }
            bench.advance(to: 61)
            #expect(bench.begun == [60])
            #expect(bench.machine.wake == ScheduleBench.instant(120))
        }

        @Test func `a queue is bounded, and what is too much is counted`() {
            var bench = ScheduleBench(overlap: .queue)
            bench.load(at: 0)
            bench.answer = { _ in .overlapped }
            for minute in 1...1_010 { bench.advance(to: minute * 60) }
            #expect(bench.machine.waitingCount == ScheduleMemory.queuedMax)
            #expect(bench.missed == ["queue": 10])
        }
    }

    struct Starts {
        @Test func `nothing begins while there is no room, and all of it when there is`() {
            var bench = ScheduleBench(pipelines: ["a", "b", "c"])
            bench.load(at: 0)
            bench.answer = { _ in .noRoom }
            bench.advance(to: 60)
            #expect(bench.asked == 1, "the others are not even asked for")
            #expect(bench.machine.waitingCount == 3)
            bench.answer = { _ in .began(ScheduleBench.run) }
            bench.machine.runEnded(of: "z")
            bench.begin(at: 61)
            #expect(bench.begun == [60, 60, 60])
        }

        @Test func `a start that is refused is missed, with the reason`() {
            var bench = ScheduleBench()
            bench.load(at: 0)
            bench.answer = { _ in .refused("no such secret") }
            bench.advance(to: 60)
            #expect(bench.missed == ["refused": 1])
            #expect(bench.reasons == ["no such secret"])
        }

        @Test func `nothing begins after the end`() {
            var bench = ScheduleBench()
            bench.load(at: 0)
            bench.machine.stop()
            bench.advance(to: 600)
            #expect(bench.begun == [] && bench.machine.wake == nil)
        }

        @Test func `ten thousand schedules due at once begin one after the other`() {
            let names = (0..<10_000).map { "p\($0)" }
            var bench = ScheduleBench(pipelines: names)
            bench.load(at: 0)
            bench.advance(to: 60)
            #expect(bench.begun.count == 10_000 && bench.missed == [:])
        }
    }

    struct Reloading {
        @Test func `an edited schedule is another one, and counts from now on`() {
            var bench = ScheduleBench(catchUp: .all)
            bench.load(at: 0)
            bench.advance(to: 60)
            bench.redefine(every: 90, at: 100)
            #expect(bench.events.contains { if case .scheduleRetired = $0 { true } else { false } })
            bench.advance(to: 180)
            #expect(bench.begun == [60, 180])
        }

        @Test func `what is done about a missed slot can be changed without a loss`() {
            var bench = ScheduleBench(catchUp: .none)
            bench.load(at: 0)
            bench.advance(to: 60)
            bench.catchUp = .all
            bench.load(at: 90)
            bench.advance(to: 400)
            #expect(bench.begun == [60, 120, 180, 240, 300, 360])
            #expect(bench.missed == [:])
        }

        @Test func `what waits of a schedule that is gone does not begin`() {
            var bench = ScheduleBench(overlap: .queue)
            bench.load(at: 0)
            bench.answer = { _ in .overlapped }
            bench.advance(to: 60)
            bench.redefine(every: 3_600, at: 61)
            #expect(bench.machine.waitingCount == 0)
        }
    }

    struct Clocks {
        @Test func `a clock put forward by less than three hours runs fixed times once`() {
            var bench = ScheduleBench(cron: "0 * * * *", isWild: true)
            var fixed = ScheduleBench(cron: "0,30 1 * * *", isWild: false)
            for minute in [0, 30] {
                bench.step(wall: minute * 60, boot: minute * 60)
                fixed.step(wall: minute * 60, boot: minute * 60)
            }
            // At half past twelve it is set to half past two.
            bench.step(wall: 150 * 60, boot: 31 * 60)
            fixed.step(wall: 150 * 60, boot: 31 * 60)
            #expect(bench.begun == [])
            #expect(fixed.begun == [90 * 60])
            bench.step(wall: 180 * 60, boot: 61 * 60)
            #expect(bench.begun == [180 * 60])
        }

        @Test func `a clock put back runs nothing twice that has a fixed time`() {
            var fixed = ScheduleBench(cron: "30 1 * * *", isWild: false)
            var wild = ScheduleBench(cron: "*/30 * * * *", isWild: true)
            for minute in stride(from: 0, through: 120, by: 10) {
                fixed.step(wall: minute * 60, boot: minute * 60)
                wild.step(wall: minute * 60, boot: minute * 60)
            }
            #expect(fixed.begun == [90 * 60])
            #expect(wild.begun == [30, 60, 90, 120].map { $0 * 60 })
            for minute in stride(from: 65, through: 120, by: 5) {
                fixed.step(wall: minute * 60, boot: (minute + 60) * 60)
                wild.step(wall: minute * 60, boot: (minute + 60) * 60)
            }
            #expect(fixed.begun == [90 * 60])
            #expect(wild.begun == [30, 60, 90, 120, 90, 120].map { $0 * 60 })
        }

        @Test(arguments: [5 * 3_600, -5 * 3_600])
        func `a clock moved by hours begins anew, without catching up`(_ jump: Int) {
            var bench = ScheduleBench(every: 3_600, catchUp: .all)
            bench.start = 100_000
            bench.step(wall: 100_000, boot: 0)
            bench.step(wall: 100_000 + jump, boot: 10)
            #expect(bench.begun == [] && bench.missed == [:])
            #expect(bench.jumps == [jump - 10])
            let next = (100_000 + jump) / 3_600 * 3_600 + 3_600
            bench.step(wall: next, boot: 10 + next - 100_000 - jump)
            #expect(bench.begun == [next])
        }

        @Test func `time that a machine slept through has passed`() {
            var bench = ScheduleBench(catchUp: .latest)
            bench.step(wall: 0, boot: 0)
            bench.step(wall: 630, boot: 630)
            // The one at 600 is late, the one at 540 is made up for.
            #expect(bench.begun == [540, 600])
            #expect(bench.missed == ["latest": 8])
            #expect(bench.jumps == [])
        }

        @Test func `a small correction is no jump`() {
            var bench = ScheduleBench()
            bench.step(wall: 50, boot: 50)
            bench.step(wall: 60, boot: 55)
            bench.step(wall: 58, boot: 60)
            bench.step(wall: 62, boot: 64)
            #expect(bench.begun == [60] && bench.jumps == [])
        }
    }

    /// Whatever happens, each slot is begun once or counted as missed once.
    @Test(arguments: 0..<40)
    func `no slot is lost and none comes twice`(_ seed: UInt64) {
        var random = SplitMix(seed: seed)
        var bench = ScheduleBench(
            catchUp: CatchUpPolicy.allCases[Int.random(in: 0..<3, using: &random)],
            within: .seconds(300),
            overlap: OverlapPolicy.allCases[Int.random(in: 0..<4, using: &random)]
        )
        bench.load(at: 0)
        var now = 0
        for _ in 0..<300 {
            now += Int.random(in: 0..<100, using: &random)
            let luck = Int.random(in: 0..<10, using: &random)
            bench.answer = { _ in
                luck < 6 ? .began(ScheduleBench.run) : luck < 8 ? .overlapped : .noRoom
            }
            switch Int.random(in: 0..<8, using: &random) {
            case 0: bench.restart(at: now)
            case 1: bench.machine.runEnded(of: "p")
            default: break
            }
            bench.advance(to: now)
        }
        bench.answer = { _ in .began(ScheduleBench.run) }
        bench.machine.runEnded(of: "p")
        now += 2
        bench.advance(to: now)
        #expect(bench.machine.waitingCount == 0)
        #expect(Set(bench.begun).count == bench.begun.count)
        #expect(bench.begun.count + bench.missed.values.reduce(0, +) == now / 60)
    }
}
