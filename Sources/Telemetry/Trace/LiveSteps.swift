/// The steps of a run that have begun and not ended, by name.
///
/// They stand in an array that the names point into, since to change a dictionary's value in place
/// costs three allocations. A place is used again when its step has ended.
struct LiveSteps: Sendable {
    private var places: [String: Int] = [:]
    private var steps: [LiveStep] = []
    private var free: [Int] = []

    /// The place of a step that is live, good until the step is removed.
    func place(of name: String) -> Int? { places[name] }

    subscript(place: Int) -> LiveStep {
        @inline(__always) _read { yield steps[place] }
        @inline(__always) _modify { yield &steps[place] }
    }

    /// Adds a step that is not live.
    ///
    /// - Returns: Its place.
    mutating func add(_ name: String, _ step: LiveStep) -> Int {
        let place: Int
        if let used = free.popLast() {
            place = used
            steps[place] = step
        } else {
            place = steps.count
            steps.append(step)
        }
        places[name] = place
        return place
    }

    /// - Returns: The step; `nil` if it is not live.
    mutating func remove(_ name: String) -> LiveStep? {
        guard let place = places.removeValue(forKey: name) else { return nil }
        free.append(place)
        let step = steps[place]
        // What it holds is not kept until the place is used again.
        steps[place] = LiveStep(id: step.id)
        return step
    }

    /// In the order of their names.
    var sortedNames: [String] { places.keys.sorted() }

    /// In no order.
    func visit(_ body: (String, LiveStep) -> Void) {
        for (name, place) in places { body(name, steps[place]) }
    }
}
