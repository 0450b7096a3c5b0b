/// What a zone's file says: transitions, the local times between them, and a rule for ever after.
struct ZoneTable: Hashable, Sendable {
    /// One way of telling the time.
    struct LocalTime: Hashable, Sendable {
        /// Seconds east of UTC.
        let offset: Int
        let abbreviation: String
    }

    /// Strictly ascending, in seconds since the epoch.
    let times: [Int64]
    /// For each of `times` the local time that begins there.
    let typeNumbers: [Int]
    /// At least one; the first holds before all transitions.
    let types: [LocalTime]
    var footer: ZoneFooter?

    /// RFC 9636 §3.2: beyond 25 hours west and 26 hours east is no place.
    static let offsets = -89_999...93_599

    /// RFC 9636 §3.2: letters, digits and signs.
    static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// The time between two transitions that holds at an instant.
    ///
    /// Takes a binary search of the transitions, and a few steps beyond the last.
    ///
    /// - Parameter seconds: Since the epoch.
    /// - Returns: The period; its start and end may be those of a change of the name alone.
    func period(at seconds: Int64) -> ZonePeriod {
        let index = countOfTransitions(through: seconds)
        guard index == times.count, let footer else {
            let time = index == 0 ? types[0] : types[typeNumbers[index - 1]]
            return ZonePeriod(
                start: index == 0 ? ZonePeriod.beginning : times[index - 1],
                end: index == times.count ? ZonePeriod.end : times[index],
                time: time,
                offsetBefore: index == 0 ? time.offset : offset(beforeTransition: index - 1)
            )
        }
        let period = footer.period(at: seconds)
        guard let last = times.last, period.start <= last else { return period }
        return ZonePeriod(
            start: last,
            end: period.end,
            time: period.time,
            offsetBefore: offset(beforeTransition: index - 1)
        )
    }

    private func offset(beforeTransition index: Int) -> Int {
        index == 0 ? types[0].offset : types[typeNumbers[index - 1]].offset
    }

    private func countOfTransitions(through seconds: Int64) -> Int {
        var (low, high) = (0, times.count)
        while low < high {
            let middle = low + (high - low) / 2
            if times[middle] <= seconds { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// A time in which one offset holds, from one transition to the next, in seconds since the epoch.
struct ZonePeriod {
    /// Instead of a start or an end where there is none: so far from the ends of 64 bits that an
    /// offset can be added.
    static let beginning: Int64 = -1 << 60
    static let end: Int64 = 1 << 60

    let start: Int64
    /// The first second that is not in it.
    let end: Int64
    let time: ZoneTable.LocalTime
    /// That of the period before; the same if there is none.
    let offsetBefore: Int

    var offset: Int64 { Int64(time.offset) }
    /// How far the clocks went forward at the start; back if negative.
    var change: Int64 { Int64(time.offset - offsetBefore) }
}
