extension LabelTable {
    /// A set while sets are sorted: eight bytes of its text, and where it stands.
    private struct Item {
        var key: UInt64
        let place: Int32
    }

    /// Brings the text into the order of the exposition: that of the bytes, whatever came first.
    ///
    /// Whoever writes them then reads forward, which costs a third of jumping about. Once that is
    /// done it costs nothing until a new set comes, and then less than the first time.
    mutating func arrange() {
        guard arranged != count else { return }
        var items = (0..<Int32(count)).map { Item(key: 0, place: $0) }
        unsafe items.withUnsafeMutableBufferPointer { unsafe sort($0, from: 0) }
        place(items.lazy.map { Int($0.place) })
    }

    /// Sorts sets that are the same before `depth`, by eight bytes at a time.
    ///
    /// Where one set's text ends another's cannot go on: it is closed by the last label's quote. So
    /// sets whose text has ended are the same one, and padding tells no lie.
    private func sort(_ items: UnsafeMutableBufferPointer<Item>, from depth: Int) {
        guard items.count > 1 else { return }
        for index in items.indices {
            unsafe items[index].key = key(at: Int(items[index].place), depth)
        }
        var keyed = unsafe items
        unsafe keyed.sort { $0.key < $1.key }
        var start = 0
        for end in 1...items.count
        where unsafe end == items.count || items[end].key != items[start].key {
            unsafe sort(UnsafeMutableBufferPointer(rebasing: items[start..<end]), from: depth + 8)
            start = end
        }
    }

    private func key(at place: Int, _ depth: Int) -> UInt64 {
        let range = range(at: place)
        let start = min(range.lowerBound + depth, range.upperBound)
        let end = min(start + 8, range.upperBound)
        var key: UInt64 = 0
        for index in start..<end { key = key << 8 | UInt64(text[index]) }
        return end == start ? 0 : key << UInt64(8 * (8 - (end - start)))
    }
}
