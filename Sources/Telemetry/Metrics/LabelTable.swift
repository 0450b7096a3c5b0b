/// The label sets of one metric, each as it stands between the braces of a sample.
///
/// One array holds all the text, so a set costs its characters and about thirty bytes. A set
/// never goes away and keeps its index.
struct LabelTable: Sendable {
    /// Of one label's value, in UTF-8: what is longer is cut, for what comes from outside.
    static let valueBytes = 512

    private let names: [String]
    /// Up to place `arranged` in the order of the sets' text, then as they came.
    private(set) var text: [UInt8] = []
    /// Where the text of a set ends, by its place.
    private var ends: [Int] = []
    /// Which set stands at a place, and where a set stands.
    private(set) var sets: [Int32] = []
    private var places: [Int32] = []
    private(set) var arranged = 0
    /// Open addressing, linear probing, at most half full; -1 is free.
    private var slots = [Int32](repeating: -1, count: 8)

    init(names: [String]) {
        self.names = names
    }

    var count: Int { ends.count }

    func range(at place: Int) -> Range<Int> {
        (place == 0 ? 0 : ends[place - 1])..<ends[place]
    }

    private func range(of index: Int) -> Range<Int> { range(at: Int(places[index])) }

    /// Moves what stands at the places of `order` there, one after the other.
    mutating func place(_ order: some Collection<Int>) {
        var moved: [UInt8] = []
        moved.reserveCapacity(text.count)
        var (movedEnds, movedSets) = ([Int](), [Int32]())
        movedEnds.reserveCapacity(count)
        movedSets.reserveCapacity(count)
        for place in order {
            places[Int(sets[place])] = Int32(movedSets.count)
            moved.append(contentsOf: text[range(at: place)])
            movedEnds.append(moved.count)
            movedSets.append(sets[place])
        }
        (text, ends, sets, arranged) = (moved, movedEnds, movedSets, movedSets.count)
    }

    /// The text of a label set: `name="value",…`.
    func body(_ values: [String]) -> [UInt8] {
        var body: [UInt8] = []
        for (name, value) in zip(names, values) {
            if !body.isEmpty { body.append(UInt8(ascii: ",")) }
            body.append(contentsOf: name.utf8)
            body.append(contentsOf: "=\"".utf8)
            MetricText.writeEscaped(LabelTable.bounded(value), isQuoted: true, into: &body)
            body.append(UInt8(ascii: "\""))
        }
        return body
    }

    /// The values of a set, as they were given.
    func values(of index: Int) -> [String] {
        var values: [String] = []
        var position = range(of: index).lowerBound
        for name in names {
            var value: [UInt8] = []
            position += (values.isEmpty ? 0 : 1) + name.utf8.count + 2
            while text[position] != UInt8(ascii: "\"") {
                let isEscaped = text[position] == UInt8(ascii: "\\")
                position += isEscaped ? 1 : 0
                let byte = text[position]
                let isLineFeed = isEscaped && byte == UInt8(ascii: "n")
                value.append(isLineFeed ? UInt8(ascii: "\n") : byte)
                position += 1
            }
            position += 1
            values.append(String(decoding: value, as: UTF8.self))
        }
        return values
    }

    func index(of body: [UInt8]) -> Int? {
        let found = slots[slot(of: body)]
        return found < 0 ? nil : Int(found)
    }

    /// Adds a set that is not there yet; answers its index.
    mutating func append(_ body: [UInt8]) -> Int {
        if (count + 1) * 2 > slots.count { grow() }
        slots[slot(of: body)] = Int32(count)
        text.append(contentsOf: body)
        places.append(Int32(count))
        sets.append(Int32(count))
        ends.append(text.count)
        return count - 1
    }

    /// Where `body` stands or would stand.
    private func slot(of body: [UInt8]) -> Int {
        var hasher = Hasher()
        unsafe body.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        let mask = slots.count - 1
        var slot = hasher.finalize() & mask
        while slots[slot] >= 0, !text[range(of: Int(slots[slot]))].elementsEqual(body) {
            slot = (slot + 1) & mask
        }
        return slot
    }

    private mutating func grow() {
        slots = [Int32](repeating: -1, count: slots.count * 2)
        for index in 0..<count { slots[slot(of: Array(text[range(of: index)]))] = Int32(index) }
    }

    private static func bounded(_ value: String) -> String {
        guard value.utf8.count > valueBytes else { return value }
        var end = value.utf8.index(value.utf8.startIndex, offsetBy: valueBytes)
        while end.samePosition(in: value.unicodeScalars) == nil {
            end = value.utf8.index(before: end)
        }
        return String(value[..<end])
    }
}
