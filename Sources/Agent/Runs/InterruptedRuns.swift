import Pipeline
import Synchronization

/// The runs of an agent that its disk interrupted, until they go on (G6).
///
/// A disk that fills up again at once must not make the agent spin: each time it does, the next
/// try is later.
struct InterruptedRuns: Sendable {
    /// With what interrupted them.
    private(set) var waiting: [RunID: String] = [:]
    private var pause = Self.pauseMin
    private var notBefore: ContinuousClock.Instant?
    private var resumedAt: ContinuousClock.Instant?

    static let pauseMin = Duration.seconds(1)
    static let pauseMax = Duration.seconds(60)
    /// What goes on for so long was not interrupted again at once.
    static let settled = Duration.seconds(60)
    /// Runs that are named; more are counted.
    private static let namedMax = 1

    /// The run was interrupted, and is to go on.
    mutating func add(_ run: RunID, why: String, at now: ContinuousClock.Instant) {
        waiting[run] = why
        let isAgain = resumedAt.map { now - $0 < Self.settled } ?? false
        if !isAgain { pause = Self.pauseMin }
        notBefore = now + pause
    }

    /// Whether it is time to try.
    func isDue(at now: ContinuousClock.Instant) -> Bool {
        !waiting.isEmpty && notBefore.map { $0 <= now } ?? true
    }

    /// A try begins; the next one is later.
    mutating func noteTry(at now: ContinuousClock.Instant) {
        resumedAt = now
        pause = min(pause * 2, Self.pauseMax)
        notBefore = now + pause
    }

    /// The run goes on, or never will.
    mutating func remove(_ run: RunID) {
        waiting[run] = nil
    }

    /// What waits and why, in words; `nil`: nothing.
    var fault: String? {
        guard let first = waiting.min(by: { $0.key.description < $1.key.description }) else {
            return nil
        }
        let others = waiting.count > Self.namedMax ? " and \(waiting.count - 1) more" : ""
        let verb = others.isEmpty ? "waits" : "wait"
        return "run \(first.key)\(others) \(verb) to go on: \(first.value)"
    }
}
