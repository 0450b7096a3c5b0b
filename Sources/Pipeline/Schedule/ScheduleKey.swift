/// Names one schedule among all of an agent.
package struct ScheduleKey: Hashable, Comparable, Sendable {
    package let pipeline: String
    /// `ScheduleDefinition.text`.
    package let text: String

    package init(_ pipeline: String, _ text: String) {
        self.pipeline = pipeline
        self.text = text
    }

    package static func < (left: ScheduleKey, right: ScheduleKey) -> Bool {
        (left.pipeline, left.text) < (right.pipeline, right.text)
    }
}

/// A slot whose run is to begin.
package struct DueSlot: Hashable, Sendable {
    package var key: ScheduleKey
    /// What the schedule says, without jitter.
    package var slot: Timestamp
    /// With it: what a delay is measured from.
    package var due: Timestamp
    /// Whether it passed while nobody was there: then it waits its turn, whatever `overlap` says.
    package var isCaughtUp: Bool
    /// Whether the journal knows that it waits.
    var isRemembered = false

    package init(key: ScheduleKey, slot: Timestamp, due: Timestamp, isCaughtUp: Bool = false) {
        self.key = key
        self.slot = slot
        self.due = due
        self.isCaughtUp = isCaughtUp
    }
}

/// Why a run of a slot will never be: the values of the label `policy`.
package enum MissPolicy: String, Hashable, Sendable, CaseIterable {
    /// It passed while no agent was there, and `catch_up` is this.
    case none
    case latest
    case all
    /// Another run of its pipeline went on, or a slot before it still waited.
    case skip
    /// So many waited before it that no more may.
    case queue
    /// A newer slot took its place while it waited.
    case replace
    /// It could not be begun: a parameter or a secret is missing.
    case refused

    init(_ catchUp: CatchUpPolicy) {
        switch catchUp {
        case .none: self = .none
        case .latest: self = .latest
        case .all: self = .all
        }
    }
}

/// Two clocks, read together.
package struct ClockReading: Hashable, Sendable {
    /// CLOCK_REALTIME: what slots are told by; it may be set.
    package var wall: Timestamp
    /// CLOCK_BOOTTIME: goes on during a suspend, and is never set.
    package var boot: Timestamp

    package init(wall: Timestamp, boot: Timestamp) {
        self.wall = wall
        self.boot = boot
    }
}
