import Pipeline

/// A name with its hash, for the tables that are asked for it.
struct HashedName {
    let text: String
    let hash: UInt32

    /// A hash of a few instructions.
    ///
    /// The standard library's takes many, since it must stand up to names that somebody chose to
    /// collide; a pipeline's author has only himself to hurt.
    init(_ text: String) {
        self.text = text
        hash = unsafe text.withContiguousUTF8 { unsafe HashedName.hash($0) }
    }

    private static func hash(_ text: UnsafeBufferPointer<UInt8>) -> UInt32 {
        var hash: UInt64 = 0x9E37_79B9_7F4A_7C15
        let bytes = UnsafeRawBufferPointer(text)
        var rest = UInt64(bytes.count)
        if bytes.count >= 8 {
            var position = 0
            while position + 8 < bytes.count {
                let word = unsafe bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)
                hash = HashedName.mixed(hash ^ word)
                position += 8
            }
            // The last word overlaps the one before it; the length tells which it was.
            hash ^= rest
            rest = unsafe bytes.loadUnaligned(
                fromByteOffset: bytes.count - 8,
                as: UInt64.self
            )
        } else {
            for position in 0..<bytes.count {
                rest = rest << 8 | UInt64(unsafe bytes[position])
            }
        }
        hash = HashedName.mixed(hash ^ rest)
        return UInt32(truncatingIfNeeded: hash)
    }

    /// Both halves of the product: every bit of the word decides every bit of the hash.
    @inline(__always)
    private static func mixed(_ word: UInt64) -> UInt64 {
        let product = word.multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
        return product.high ^ product.low
    }
}

/// Numbers by name: a dictionary that hashes each name once, however many tables are asked for it.
struct NameTable: Sendable {
    private struct Slot {
        var name: String
        /// Negative: the slot is free.
        var value: Int32
        var hash: UInt32
    }

    private static let free = Slot(name: "", value: -1, hash: 0)
    private var slots: [Slot] = []
    private(set) var count = 0

    subscript(name: String) -> Int32? { self[HashedName(name)] }

    subscript(name: HashedName) -> Int32? {
        guard let slot = find(name) else { return nil }
        return slots[slot].value
    }

    /// In no order.
    var names: [String] { slots.filter { $0.value >= 0 }.map(\.name) }

    /// The names of some numbers, each of which one name has.
    func names(of values: [Int32]) -> [String] {
        let wanted = Set(values)
        var names: [Int32: String] = [:]
        for slot in slots where wanted.contains(slot.value) { names[slot.value] = slot.name }
        return values.compactMap { names[$0] }
    }

    /// Adds a name; one that is there keeps its number.
    ///
    /// - Returns: Whether it was not there.
    @discardableResult
    mutating func insert(_ name: HashedName, _ value: Int32) -> Bool {
        // At most three in four of the slots are in use: a search is short.
        if (count + 1) * 4 > slots.count * 3 { grow() }
        let mask = slots.count - 1
        var slot = Int(name.hash) & mask
        while slots[slot].value >= 0 {
            if slots[slot].hash == name.hash, slots[slot].name == name.text { return false }
            slot = (slot + 1) & mask
        }
        slots[slot] = Slot(name: name.text, value: value, hash: name.hash)
        count += 1
        return true
    }

    /// - Returns: Its number; `nil` if it is not there.
    @discardableResult
    mutating func remove(_ name: HashedName) -> Int32? {
        guard var hole = find(name) else { return nil }
        let value = slots[hole].value
        let mask = slots.count - 1
        var slot = (hole + 1) & mask
        // Those behind it move up, unless that would put them before their own place.
        while slots[slot].value >= 0 {
            let home = Int(slots[slot].hash) & mask
            if (slot - home) & mask >= (slot - hole) & mask {
                slots.swapAt(hole, slot)
                hole = slot
            }
            slot = (slot + 1) & mask
        }
        slots[hole] = NameTable.free
        count -= 1
        return value
    }

    private func find(_ name: HashedName) -> Int? {
        guard !slots.isEmpty else { return nil }
        let mask = slots.count - 1
        var slot = Int(name.hash) & mask
        while slots[slot].value >= 0 {
            if slots[slot].hash == name.hash, slots[slot].name == name.text { return slot }
            slot = (slot + 1) & mask
        }
        return nil
    }

    private mutating func grow() {
        let old = slots
        slots = Array(repeating: NameTable.free, count: max(16, old.count * 2))
        let mask = slots.count - 1
        for used in old where used.value >= 0 {
            var slot = Int(used.hash) & mask
            while slots[slot].value >= 0 { slot = (slot + 1) & mask }
            slots[slot] = used
        }
    }
}
