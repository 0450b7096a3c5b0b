/// The steps of a run that have begun and not ended, by name.
///
/// They stand in an array that the names point into; a place is used again when its step has ended.
struct LiveSteps: Sendable {
    private var places = NameTable()
    private var steps: [LiveStep] = []
    private var free: [Int32] = []

    /// The place of a step that is live, good until the step is removed.
    func place(of name: String) -> Int? { place(of: HashedName(name)) }

    func place(of name: HashedName) -> Int? { places[name].map(Int.init) }

    subscript(place: Int) -> LiveStep {
        @inline(__always) _read { yield steps[place] }
        @inline(__always) _modify { yield &steps[place] }
    }

    /// Adds a step that is not live.
    ///
    /// - Returns: Its place.
    mutating func add(_ name: HashedName, _ step: consuming LiveStep) -> Int {
        let place: Int32
        if let used = free.popLast() {
            place = used
            steps[Int(place)] = step
        } else {
            place = Int32(steps.count)
            steps.append(step)
        }
        places.insert(name, place)
        return Int(place)
    }

    /// Forgets a step that has finished: its place is free, and keeps what it has until it is used.
    mutating func remove(_ name: HashedName) {
        if let place = places.remove(name) { free.append(place) }
    }

    /// In the order of their names.
    var sortedNames: [String] { places.names.sorted() }

    /// In no order.
    func visit(_ body: (String, LiveStep) -> Void) {
        for name in places.names {
            guard let place = places[name] else { continue }
            body(name, steps[Int(place)])
        }
    }
}
