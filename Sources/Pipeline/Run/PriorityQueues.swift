/// A binary heap; the least element is first.
struct BinaryHeap<Element: Comparable & Sendable>: Sendable {
    private(set) var elements: [Element] = []

    var first: Element? { elements.first }
    var count: Int { elements.count }

    mutating func insert(_ element: Element) {
        elements.append(element)
        var child = elements.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard elements[child] < elements[parent] else { return }
            elements.swapAt(child, parent)
            child = parent
        }
    }

    mutating func popFirst() -> Element? {
        guard let first = elements.first, let last = elements.popLast() else { return nil }
        guard !elements.isEmpty else { return first }
        elements[0] = last
        siftDown()
        return first
    }

    /// Keeps what `isIncluded` accepts.
    mutating func filter(_ isIncluded: (Element) -> Bool) {
        let kept = elements.filter(isIncluded)
        elements.removeAll(keepingCapacity: true)
        for element in kept { insert(element) }
    }

    private mutating func siftDown() {
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < elements.count {
                if elements[child] < elements[least] { least = child }
            }
            guard least != parent else { return }
            elements.swapAt(parent, least)
            parent = least
        }
    }
}

/// A step's deadline as it was when it was set; stale once the step's own has moved on.
struct Alarm: Comparable, Sendable {
    var at: Timestamp
    /// The step's index, or `nil` for the run's own timeout.
    var step: Int?

    static func < (left: Alarm, right: Alarm) -> Bool {
        left.at < right.at
    }
}
