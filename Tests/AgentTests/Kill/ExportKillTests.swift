import Glibc
import Pipeline
import TestSupport
import Testing

/// G2 and G3 together: SIGKILL at any instant while the collector is in trouble, and in the end
/// every span is there, the children's too.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct ExportKillTests {
    /// What the collector does meanwhile, as `otlp_receiver.py` documents it.
    private static let troubles = [
        "refuse", "slow:0.05", "503*2,ok*3,429:1,ok,close,ok,lost,ok*2,500,ok", "429:1",
        "503:date*1,ok", "garbage", "204", "partial:1", "lost", "close", "flood*1,ok", "hang",
    ]

    /// `WEIR_KILLS` makes more of them than the 48 of every test.
    @Test func `no span is lost, doubled or orphaned, whatever is killed and whoever refuses`()
        throws
    {
        let total = getenv("WEIR_KILLS").flatMap { Int(String(cString: $0)) } ?? 48
        let each = (total + Self.troubles.count - 1) / Self.troubles.count
        let collector = try LoopbackCollector(lifetime: 3_600)
        var account = TraceAccount()
        var acknowledged: Set<String> = []
        var kills = 0
        for trouble in Self.troubles {
            var benches: [KillBench] = []
            try collector.setMode(trouble)
            while benches.joinedKills < each {
                let count = min(Int.random(in: 1...2), each - benches.joinedKills)
                let points = (0..<count).map { _ in
                    KillPoint.after(.milliseconds(Int.random(in: 1...300)))
                }
                let bench = try KillBench(base: collector.base, .sending)
                let (fault, existed) = bench.survive(points)
                #expect(fault == nil, "\(trouble), killed \(points)")
                bench.kills = count
                benches.append(bench)
                if existed { account.add(bench) }
            }
            kills += benches.joinedKills
            try collector.setMode("ok")
            for bench in benches where bench.runID != nil {
                #expect(bench.export() == 0, "\(trouble)")
                acknowledged.formUnion(bench.acknowledged)
            }
        }
        print(
            "survived \(kills) kills in \(Self.troubles.count) troubles, \(acknowledged.count) "
                + "spans of children acknowledged"
        )
        #expect(kills >= total && acknowledged.count > kills)
        try account.check(collector)
        let bodies = collector.bodies().joined()
        for span in acknowledged {
            #expect(bodies.contains("\"spanId\":\"\(span)\""), "a child's span is missing")
        }
    }
}

extension [KillBench] {
    fileprivate var joinedKills: Int { reduce(0) { $0 + $1.kills } }
}
