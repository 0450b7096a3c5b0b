/// Where cronsim 2.8 says something else than Debian's cron, and what; every row must be seen.
///
/// All are of slots that are due when the clocks show their time, which is checked beside the table.
struct CronPeerDifference {
    let expressions: [String]
    /// By how many seconds the clocks change.
    let change: Int64
    /// What they show as they do, in minutes of the day.
    let minute: Int64
    /// Slots of ours alone and of the peer's alone, in seconds from the change.
    let onlyOurs: [Int64]
    let onlyPeers: [Int64]

    init(
        _ expressions: [String],
        by change: Int64,
        at minute: Int64,
        onlyOurs: [Int64] = [],
        onlyPeers: [Int64] = []
    ) {
        self.expressions = expressions
        self.change = change
        self.minute = minute
        self.onlyOurs = onlyOurs
        self.onlyPeers = onlyPeers
    }

    func explains(
        _ expression: String,
        _ change: CronPeer.Change,
        onlyOurs: [Int64],
        onlyPeers: [Int64]
    ) -> Bool {
        expressions.contains(expression) && self.change == change.after - change.before
            && minute == (change.at + change.before) % 86_400 / 60
            && self.onlyOurs == onlyOurs && self.onlyPeers == onlyPeers
    }

    static let all = fixedTimes + oddMinutes + midnights

    /// Of purpose: cronsim keeps a fixed time at every change; Debian's cron takes a change of three
    /// hours or more for a clock that was set, and goes by what it shows from then on.
    private static let fixedTimes: [CronPeerDifference] = [
        CronPeerDifference(
            ["0 0-23 * * *"],
            by: -10_800,
            at: 0,
            onlyOurs: [0, 3_600, 7_200]
        ),
        CronPeerDifference(
            ["10,40 0,1,2,3,22,23 * * *"],
            by: -10_800,
            at: 0,
            onlyOurs: [4_200, 6_000, 7_800, 9_600]
        ),
        CronPeerDifference(
            ["30 23 * * *"],
            by: -10_800,
            at: 0,
            onlyOurs: [9_000]
        ),
        CronPeerDifference(
            ["0 0-23 * * *"],
            by: -10_800,
            at: 180,
            onlyOurs: [0, 3_600, 7_200]
        ),
        CronPeerDifference(
            ["0 0 * * *", "0 0 * * 0"],
            by: -10_800,
            at: 180,
            onlyOurs: [0]
        ),
        CronPeerDifference(
            ["30 0 * * *"],
            by: -10_800,
            at: 180,
            onlyOurs: [1_800]
        ),
        CronPeerDifference(
            ["0,30 1-3 * * *"],
            by: -10_800,
            at: 180,
            onlyOurs: [3_600, 5_400, 7_200, 9_000]
        ),
        CronPeerDifference(
            ["15 1 * * *"],
            by: -10_800,
            at: 180,
            onlyOurs: [4_500]
        ),
        CronPeerDifference(
            ["30 1 25-31 3,10 0"],
            by: -10_800,
            at: 180,
            onlyOurs: [5_400]
        ),
        CronPeerDifference(
            ["10,40 0,1,2,3,22,23 * * *"],
            by: -10_800,
            at: 180,
            onlyOurs: [600, 2_400, 4_200, 6_000, 7_800, 9_600]
        ),
        CronPeerDifference(
            ["59 1 * * *"],
            by: -10_800,
            at: 180,
            onlyOurs: [7_140]
        ),
        CronPeerDifference(
            ["0 2 * * *"],
            by: -10_800,
            at: 180,
            onlyOurs: [7_200]
        ),
        CronPeerDifference(
            ["30 2 * * *", "30 2 * * 7", "30 2 8-14 * */7"],
            by: -10_800,
            at: 180,
            onlyOurs: [9_000]
        ),
        CronPeerDifference(
            ["45 2 * * *"],
            by: -10_800,
            at: 180,
            onlyOurs: [9_900]
        ),
        CronPeerDifference(
            [
                "0 0-23 * * *", "0 2 * * *", "0 3 * * *", "0,30 1-3 * * *",
                "10,40 0,1,2,3,22,23 * * *", "15 1 * * *", "15 2 1-7 * *", "30 0 * * *",
                "30 1 25-31 3,10 0", "30 2 * * *", "30 2 * * 7", "30 2 */2 * 0", "45 2 * * *",
                "59 1 * * *",
            ],
            by: 10_800,
            at: 1,
            onlyPeers: [0]
        ),
    ]

    /// A defect: from a time that is no full hour, as where the clocks change by half an hour or at
    /// one minute past, cronsim goes on in whole hours, and does not look at what is between.
    private static let oddMinutes: [CronPeerDifference] = [
        CronPeerDifference(
            ["30 * * * *"],
            by: -1_800,
            at: 120,
            onlyOurs: [0]
        ),
        CronPeerDifference(
            ["0 */6 */2 * 0"],
            by: -1_800,
            at: 120,
            onlyOurs: [16_200]
        ),
        CronPeerDifference(
            ["*/30 2 * * *", "0 */2 * * *"],
            by: -1_800,
            at: 120,
            onlyOurs: [1_800]
        ),
        CronPeerDifference(
            ["*/30 23 * * *"],
            by: -1_800,
            at: 120,
            onlyOurs: [77_400]
        ),
        CronPeerDifference(
            ["*/30 0 * * *"],
            by: -1_800,
            at: 120,
            onlyOurs: [81_000]
        ),
        CronPeerDifference(
            ["0 */4 1 * *"],
            by: -1_800,
            at: 120,
            onlyOurs: [9_000]
        ),
        CronPeerDifference(
            ["45 */1 * * *"],
            by: -1_800,
            at: 120,
            onlyOurs: [900]
        ),
        CronPeerDifference(
            ["30 * * * *"],
            by: 1_800,
            at: 120,
            onlyOurs: [0]
        ),
        CronPeerDifference(
            ["0 */6 */2 * 0"],
            by: 1_800,
            at: 120,
            onlyOurs: [12_600]
        ),
        CronPeerDifference(
            ["0 */4 1 * *"],
            by: 1_800,
            at: 120,
            onlyOurs: [5_400]
        ),
        CronPeerDifference(
            ["*/30 23 * * *"],
            by: 1_800,
            at: 120,
            onlyOurs: [73_800]
        ),
        CronPeerDifference(
            ["*/30 0 * * *"],
            by: 1_800,
            at: 120,
            onlyOurs: [77_400]
        ),
        CronPeerDifference(
            ["45 */1 * * *"],
            by: 1_800,
            at: 120,
            onlyOurs: [900]
        ),
        CronPeerDifference(
            ["0 */6 */2 * 0"],
            by: 10_800,
            at: 1,
            onlyOurs: [10_740]
        ),
        CronPeerDifference(
            ["0 */2 * * *"],
            by: 10_800,
            at: 1,
            onlyOurs: [3_540, 10_740]
        ),
    ]

    /// A defect: where the clocks jump over the midnight of a day that it has searched, cronsim takes
    /// the instant for twelve o'clock, and misses the first hour that there is.
    private static let midnights: [CronPeerDifference] = [
        CronPeerDifference(
            ["*/10 1 * * 0"],
            by: 3_600,
            at: 0,
            onlyOurs: [0, 600, 1_200, 1_800, 2_400, 3_000]
        ),
        CronPeerDifference(
            ["*/30 0 * * 0", "*/30 0 1 * *", "0 */4 1 * *", "0 */6 */2 * 0"],
            by: 3_600,
            at: 0,
            onlyPeers: [0]
        ),
    ]
}
