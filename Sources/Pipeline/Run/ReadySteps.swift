/// Steps that may start, by what they must pass first; the one first on which the longest chain of
/// others waits (F6).
///
/// Whoever holds up the most begins first; of equals the one that was written first. Steps that
/// wait for the same gates stand in one lane, those that wait for a worker only in lane 0.
struct ReadySteps: Sendable {
    /// Of each lane.
    let gates: [Gates]
    /// By rank.
    private let steps: [Int]
    /// By step.
    private let ranks: [Int]
    /// Of each step's own command.
    private let lanes: [Int32]
    /// The lane that a step stands in, -1 for none: entries of heaps that say otherwise are stale.
    private var places: [Int32]
    private var heaps: [BinaryHeap<Int>]
    private var counts: [Int]

    init(_ plan: Plan, _ dependents: Dependents) {
        let lengths = Self.chainLengths(plan, dependents)
        steps = plan.steps.indices.sorted { (lengths[$1], $0) < (lengths[$0], $1) }
        var ranks = [Int](repeating: 0, count: steps.count)
        for (rank, step) in steps.enumerated() { ranks[step] = rank }
        self.ranks = ranks
        var gates = [Gates()]
        var known: [Gates: Int32] = [Gates(): 0]
        var lanes = [Int32](repeating: 0, count: steps.count)
        for (index, step) in plan.steps.enumerated() where !step.gates.isEmpty {
            if known[step.gates] == nil {
                known[step.gates] = Int32(gates.count)
                gates.append(step.gates)
            }
            lanes[index] = known[step.gates] ?? 0
        }
        self.gates = gates
        self.lanes = lanes
        places = [Int32](repeating: -1, count: steps.count)
        heaps = gates.map { _ in BinaryHeap<Int>() }
        counts = gates.map { _ in 0 }
    }

    /// For every step the number of steps in the longest chain that begins with it.
    private static func chainLengths(_ plan: Plan, _ dependents: Dependents) -> [Int] {
        var lengths = [Int](repeating: 1, count: plan.steps.count)
        var open = plan.steps.indices.map { dependents[$0].count }
        // From the ends of the chains back: a step follows when all that need it are done.
        var done = plan.steps.indices.filter { open[$0] == 0 }
        var next = 0
        while next < done.count {
            let step = done[next]
            next += 1
            for need in plan.steps[step].needs {
                lengths[need] = max(lengths[need], lengths[step] + 1)
                open[need] -= 1
                if open[need] == 0 { done.append(need) }
            }
        }
        return lengths
    }

    /// Puts the step into the lane of its own command, or into lane 0.
    ///
    /// - Returns: The lane, if it is not the step's already.
    @discardableResult
    mutating func insert(_ step: Int, passesGates: Bool) -> Int? {
        let lane = passesGates ? lanes[step] : 0
        guard places[step] != lane else { return nil }
        remove(step)
        places[step] = lane
        counts[Int(lane)] += 1
        heaps[Int(lane)].insert(ranks[step])
        return Int(lane)
    }

    mutating func remove(_ step: Int) {
        guard places[step] >= 0 else { return }
        counts[Int(places[step])] -= 1
        places[step] = -1
    }

    /// The step that is to go first of a lane, and its rank.
    mutating func first(of lane: Int) -> (step: Int, rank: Int)? {
        while let rank = heaps[lane].first {
            if places[steps[rank]] == lane { return (steps[rank], rank) }
            _ = heaps[lane].popFirst()
        }
        return nil
    }

    func count(of lane: Int) -> Int { counts[lane] }

    /// All steps of a lane, the one that is to go first at the front.
    func all(of lane: Int) -> [Int] {
        Set(heaps[lane].elements).sorted().map { steps[$0] }.filter { places[$0] == lane }
    }
}
