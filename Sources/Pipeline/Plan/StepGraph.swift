/// Which step needs which, as indices: cycles and waves.
///
/// All in linear time; nothing recurses, for a chain may be as long as a file allows.
package struct StepGraph {
    /// For each step the steps it needs.
    private let needs: [[Int]]

    /// - Precondition: every index is one of a step.
    package init(needs: [[Int]]) {
        self.needs = needs
    }

    /// The steps by the earliest round in which they could run (Kahn, level by level), each wave in
    /// the order of the steps; steps in or behind a cycle are in none.
    package func waves() -> [[Int]] {
        var missing = needs.map(\.count)
        let needed = dependents()
        var waves: [[Int]] = []
        var wave = needs.indices.filter { missing[$0] == 0 }
        while !wave.isEmpty {
            var next: [Int] = []
            for step in wave {
                for dependent in needed[step] {
                    missing[dependent] -= 1
                    if missing[dependent] == 0 { next.append(dependent) }
                }
            }
            waves.append(wave)
            wave = next.sorted()
        }
        return waves
    }

    private func dependents() -> [[Int]] {
        var dependents = [[Int]](repeating: [], count: needs.count)
        for (step, needs) in needs.enumerated() {
            for need in needs { dependents[need].append(step) }
        }
        return dependents
    }

    /// Cycles that share no edge, at most `limit`, each the shortest through its first step, which
    /// is the one that stands first in the file; a cycle's step needs the next, the last the first.
    package func cycles(limit: Int) -> [[Int]] {
        let planned = waves().reduce(0) { $0 + $1.count }
        guard planned < needs.count else { return [] }
        var edges = needs
        var cycles: [[Int]] = []
        var scratch = CycleScratch(count: needs.count)
        while cycles.count < limit {
            let components = StepGraph.components(of: edges)
            let found = components.prefix(limit - cycles.count).compactMap {
                StepGraph.cycle(in: $0, of: edges, &scratch)
            }
            guard !found.isEmpty else { break }
            for cycle in found {
                for (position, step) in cycle.enumerated() {
                    let next = cycle[(position + 1) % cycle.count]
                    edges[step].removeAll { $0 == next }
                }
            }
            cycles += found
        }
        return Array(cycles.prefix(limit)).sorted { $0[0] < $1[0] }
    }

    /// The strongly connected components with a cycle in them (Tarjan, with a stack of its own).
    private static func components(of edges: [[Int]]) -> [[Int]] {
        var search = ComponentSearch(count: edges.count)
        for root in edges.indices where !search.isVisited(root) { search.visit(root, edges) }
        return search.components.filter { $0.count > 1 || edges[$0[0]].contains($0[0]) }
    }

    /// The shortest way from the component's first step back to it, breadth first.
    private static func cycle(
        in component: [Int],
        of edges: [[Int]],
        _ scratch: inout CycleScratch
    ) -> [Int]? {
        guard let first = component.min() else { return nil }
        for step in component { scratch.state[step] = CycleScratch.unseen }
        // Beyond the component everything counts as seen.
        defer { for step in component { scratch.state[step] = CycleScratch.outside } }
        var queue = [first]
        var head = 0
        while head < queue.count {
            let step = queue[head]
            head += 1
            for next in edges[step] {
                if next == first {
                    var path = [step]
                    while let last = path.last, last != first { path.append(scratch.state[last]) }
                    return path.reversed()
                }
                if scratch.state[next] == CycleScratch.unseen {
                    scratch.state[next] = step
                    queue.append(next)
                }
            }
        }
        return nil
    }
}

/// What the search for cycles knows of each step; one for all searches, for they are many.
private struct CycleScratch {
    static let outside = -2
    static let unseen = -1

    /// The step from which it was reached, or one of the above.
    var state: [Int]

    init(count: Int) {
        state = Array(repeating: CycleScratch.outside, count: count)
    }
}

/// The state of Tarjan's algorithm.
private struct ComponentSearch {
    private(set) var components: [[Int]] = []
    private var order: [Int]
    private var lowest: [Int]
    private var isOnStack: [Bool]
    private var stack: [Int] = []
    private var counter = 0

    init(count: Int) {
        order = Array(repeating: -1, count: count)
        lowest = Array(repeating: 0, count: count)
        isOnStack = Array(repeating: false, count: count)
    }

    func isVisited(_ node: Int) -> Bool { order[node] >= 0 }

    mutating func visit(_ root: Int, _ edges: [[Int]]) {
        var frames = [(node: root, edge: 0)]
        enter(root)
        while let (node, edge) = frames.last {
            if edge < edges[node].count {
                frames[frames.count - 1].edge += 1
                let next = edges[node][edge]
                if !isVisited(next) {
                    enter(next)
                    frames.append((next, 0))
                } else if isOnStack[next] {
                    lowest[node] = min(lowest[node], order[next])
                }
                continue
            }
            frames.removeLast()
            if let parent = frames.last?.node { lowest[parent] = min(lowest[parent], lowest[node]) }
            if lowest[node] == order[node] { close(node) }
        }
    }

    private mutating func enter(_ node: Int) {
        order[node] = counter
        lowest[node] = counter
        counter += 1
        stack.append(node)
        isOnStack[node] = true
    }

    private mutating func close(_ node: Int) {
        var component: [Int] = []
        while let last = stack.popLast() {
            isOnStack[last] = false
            component.append(last)
            if last == node { break }
        }
        components.append(component)
    }
}
