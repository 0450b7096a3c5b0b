/// How far a log was read that is given anew each time, as long as it is, its beginning cut off once
/// it is long.
///
/// The place is known by the bytes before it: lines have their times to the nanosecond, so that the
/// same do not come twice.
struct LogSuffix {
    /// Whether there is anything to read.
    private(set) var isThere: Bool
    /// Where the last reading ended, and where its last line began: of that not all may have been
    /// written.
    private var marks: [Mark] = []

    private struct Mark {
        var end: Int
        /// What stood before it.
        var bytes: ArraySlice<UInt8>

        init(_ bytes: [UInt8], before end: Int) {
            self.end = end
            self.bytes = bytes[..<end].suffix(256)
        }

        func stands(in all: [UInt8], before end: Int) -> Bool {
            guard end <= all.count, end >= bytes.count else { return false }
            return all[(end - bytes.count)..<end].elementsEqual(bytes)
        }
    }

    init(isThere: Bool = false) {
        self.isThere = isThere
    }

    /// What of it was not there the last time; all of it, if what was is gone by now.
    mutating func take(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
        let start = place(in: bytes)
        if !bytes.isEmpty {
            isThere = true
            let line = bytes.dropLast().lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 }
            marks = ([bytes.count] + [line].compactMap(\.self)).map { Mark(bytes, before: $0) }
        }
        return bytes[start...]
    }

    private func place(in bytes: [UInt8]) -> Int {
        for mark in marks where mark.stands(in: bytes, before: mark.end) { return mark.end }
        // It was cut off at its beginning.
        for mark in marks {
            var end = bytes.count
            while end >= mark.bytes.count, end > 0 {
                if mark.stands(in: bytes, before: end) { return end }
                end -= 1
            }
        }
        // Nothing that was read is left.
        return 0
    }
}
