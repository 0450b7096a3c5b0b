/// Steps that may start, the one first on which the longest chain of others waits (F6).
///
/// Whoever holds up the most begins first; of equals the one that was written first. A step may be
/// in here twice, and may have moved on: whoever takes it looks.
struct ReadySteps: Sendable {
    /// By rank.
    private let steps: [Int]
    /// By step.
    private let ranks: [Int]
    private var heap = BinaryHeap<Int>()

    init(_ plan: Plan, _ dependents: Dependents) {
        let lengths = Self.chainLengths(plan, dependents)
        steps = plan.steps.indices.sorted { (lengths[$1], $0) < (lengths[$0], $1) }
        var ranks = [Int](repeating: 0, count: steps.count)
        for (rank, step) in steps.enumerated() { ranks[step] = rank }
        self.ranks = ranks
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

    mutating func insert(_ step: Int) {
        heap.insert(ranks[step])
    }

    mutating func popFirst() -> Int? {
        heap.popFirst().map { steps[$0] }
    }
}
