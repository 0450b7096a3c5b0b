/// A set that is usually tiny: a list while it is, hashed once it is not.
struct SmallSet<Element: Hashable> {
    private var few: [Element] = []
    private var many: Set<Element> = []

    private static var fewest: Int { 8 }

    init() {}

    init(_ elements: [Element]) {
        if elements.count <= Self.fewest { few = elements } else { many = Set(elements) }
    }

    func contains(_ element: Element) -> Bool {
        many.isEmpty ? few.contains(element) : many.contains(element)
    }

    /// - Returns: whether the element was not there.
    mutating func insert(_ element: Element) -> Bool {
        guard many.isEmpty else { return many.insert(element).inserted }
        guard !few.contains(element) else { return false }
        few.append(element)
        if few.count > Self.fewest { many = Set(few) }
        return true
    }
}
