import Glibc
import Pipeline
import TestSupport
import Testing

/// G1, G2 and G4 as a user meets them: the built binary, SIGKILL, `weir resume`.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct ResumeKillTests {
    @Test func `survives a kill at every line and at any time, and every trace is whole`() throws {
        let collector = try LoopbackCollector(lifetime: 900)
        let measured = try KillBench(endpoint: collector.endpoint)
        #expect(measured.run() == 0)
        let lines = measured.lines
        try #require(lines > 20)

        var random = SystemRandomNumberGenerator()
        var scenarios: [[KillPoint]] = (1...lines).map { [.line($0)] }
        addRandom(to: &scenarios, upTo: 110, &random)
        var account = TraceAccount()
        account.add(measured)
        try survive(scenarios, .diamond, collector, &account)
        try account.check(collector)
    }

    /// `WEIR_KILLS` makes more of them than the 60 of every test.
    @Test func `survives kills while it waits for gates, undoes, and says goodbye`() throws {
        let collector = try LoopbackCollector(lifetime: 1_800)
        let measured = try KillBench(endpoint: collector.endpoint, .repair)
        #expect(measured.run() == 1)
        let lines = measured.lines
        try #require(lines > 40)
        let kills = getenv("WEIR_KILLS").flatMap { Int(String(cString: $0)) } ?? 60
        var random = SystemRandomNumberGenerator()
        // Every other line, and the rest at any time.
        var scenarios: [[KillPoint]] = stride(from: 2, through: lines, by: 2).map { [.line($0)] }
        addRandom(to: &scenarios, upTo: kills, &random)
        var account = TraceAccount()
        account.add(measured)
        try survive(scenarios, .repair, collector, &account)
        try account.check(collector)
    }

    private func addRandom(
        to scenarios: inout [[KillPoint]],
        upTo kills: Int,
        _ random: inout SystemRandomNumberGenerator
    ) {
        while scenarios.joined().count < kills {
            let count = Int.random(in: 1...3, using: &random)
            scenarios.append(
                (0..<count).map { _ in
                    .after(.milliseconds(Int.random(in: 1...350, using: &random)))
                }
            )
        }
    }

    @Test func `survives a kill at every write, sync and rename`() throws {
        let collector = try LoopbackCollector(lifetime: 900)
        var account = TraceAccount()
        var boundary = 0
        var finished = false
        while !finished {
            boundary += 1
            try #require(boundary < 1_000, "the fail point is never passed")
            let bench = try KillBench(endpoint: collector.endpoint)
            let point = KillPoint.boundary(boundary)
            let (fault, existed) = bench.survive([point])
            #expect(fault == nil, "killed \(point)")
            finished = bench.lastStatus == 0
            if existed { account.add(bench) }
        }
        print("killed at \(boundary - 1) boundaries")
        #expect(boundary > 40)
        try account.check(collector)
    }

    private func survive(
        _ scenarios: [[KillPoint]],
        _ scenario: KillScenario,
        _ collector: LoopbackCollector,
        _ account: inout TraceAccount
    ) throws {
        var kills = 0
        for points in scenarios {
            let bench = try KillBench(endpoint: collector.endpoint, scenario)
            let (fault, existed) = bench.survive(points)
            #expect(fault == nil, "killed \(points)")
            kills += points.count
            if existed { account.add(bench) }
        }
        let begun = account.runs - 1
        print("survived \(kills) kills in \(scenarios.count) runs, \(begun) of them begun")
        #expect(kills >= 60)
    }
}
