import Pipeline

/// A schedule machine with its journal, in a world that only a test moves; times are seconds.
struct ScheduleBench {
    var machine = ScheduleMachine()
    var memory = ScheduleMemory()
    var events: [AgentEvent] = []
    /// Slots whose runs began, in order.
    var begun: [Int] = []
    /// What comes of a start.
    var answer: (Int) -> ScheduleMachine.Start = { _ in .began(ScheduleBench.run) }
    var asked = 0
    var catchUp: CatchUpPolicy
    var start = 0
    private var within: Duration
    private var overlap: OverlapPolicy
    private var rule: SlotSeries.Rule
    private let pipelines: [String]
    private var isLoaded = false

    static let run = RunID(high: 1, low: 1)
    static let key = ScheduleKey("p", "every")

    init(
        every seconds: Int = 60,
        pipelines: [String] = ["p"],
        catchUp: CatchUpPolicy = .none,
        within: Duration = .seconds(86_400),
        overlap: OverlapPolicy = .skip
    ) {
        rule = .every(.seconds(seconds))
        (self.catchUp, self.within, self.overlap) = (catchUp, within, overlap)
        self.pipelines = pipelines
    }

    init(cron: String, isWild: Bool) {
        self.init(overlap: .allow)
        guard let expression = try? CronExpression(cron), expression.isFixedTime != isWild else {
            preconditionFailure("\(cron) is not what the test takes it for")
        }
        rule = .cron(expression)
    }

    static func instant(_ seconds: Int) -> Timestamp {
        Timestamp(nanoseconds: Int64(seconds) * 1_000_000_000)
    }

    private func reading(_ wall: Int, _ boot: Int) -> ClockReading {
        ClockReading(wall: Self.instant(wall), boot: Self.instant(boot))
    }

    private var definitions: [ScheduleKey: ScheduleDefinition] {
        let text = if case .every(let interval) = rule { "every \(interval)" } else { "cron" }
        var definitions: [ScheduleKey: ScheduleDefinition] = [:]
        for pipeline in pipelines {
            let key = ScheduleKey(pipeline, text == "every 60.0 seconds" ? "every" : text)
            definitions[key] = ScheduleDefinition(
                series: SlotSeries(rule, in: .utc),
                text: key.text,
                catchUp: catchUp,
                within: within,
                overlap: overlap
            )
        }
        return definitions
    }

    mutating func load(at now: Int) {
        isLoaded = true
        take(machine.load(definitions, at: reading(now, now)))
    }

    mutating func redefine(every seconds: Int, at now: Int) {
        rule = .every(.seconds(seconds))
        load(at: now)
    }

    mutating func stop() { machine.stop() }

    /// Another life, which knows what the journal says.
    mutating func restart(at now: Int) {
        machine = ScheduleMachine(restoring: memory)
        load(at: now)
        advance(to: now)
    }

    mutating func advance(to now: Int) { step(wall: now, boot: now) }

    mutating func step(wall: Int, boot: Int) {
        if !isLoaded {
            isLoaded = true
            take(machine.load(definitions, at: reading(wall, boot)))
        }
        take(machine.advance(to: reading(wall, boot)))
        begin(at: wall)
    }

    mutating func begin(at now: Int) {
        while let (slot, _) = machine.nextToBegin {
            asked += 1
            let seconds = Int(slot.slot.nanoseconds / 1_000_000_000)
            let outcome = answer(seconds)
            if case .began = outcome { begun.append(seconds) }
            take(machine.settle(outcome, at: Self.instant(now)))
        }
    }

    private mutating func take(_ new: [AgentEvent]) {
        events += new
        for event in new { memory.apply(event) }
    }

    private var misses: [MissedSlots] {
        events.compactMap { if case .slotsMissed(_, let missed) = $0 { missed } else { nil } }
    }

    var missed: [String: Int] {
        misses.reduce(into: [:]) { $0[$1.policy.rawValue, default: 0] += $1.count }
    }

    var missedSpans: [ClosedRange<Int>] {
        misses.map {
            Int($0.first.nanoseconds / 1_000_000_000)...Int($0.last.nanoseconds / 1_000_000_000)
        }
    }

    var reasons: [String] { misses.compactMap(\.why) }

    var jumps: [Int] {
        events.compactMap { event in
            if case .clockJumped(let by) = event { Int(by.components.seconds) } else { nil }
        }
    }
}
