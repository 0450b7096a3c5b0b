/// Reads a TZif file (RFC 9636 §3), of which every count is checked before it is used.
struct ZoneFileReader {
    private let bytes: [UInt8]
    private var position = 0

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// §3.1, the six counts of a header.
    private struct Header {
        let version: UInt8
        let universalFlags: Int
        let standardFlags: Int
        let leapSeconds: Int
        let transitions: Int
        let types: Int
        let characters: Int

        func blockBytes(timeBytes: Int) -> Int {
            transitions * (timeBytes + 1) + types * 6 + characters
                + leapSeconds * (timeBytes + 4) + standardFlags + universalFlags
        }
    }

    /// The table of the file: of version 2 and above that of 64-bit times, with the footer.
    static func read(_ bytes: [UInt8]) throws(ZoneFault) -> ZoneTable {
        guard bytes.count <= Limits.zoneBytes else { throw .tooLarge(bytes.count) }
        var reader = ZoneFileReader(bytes)
        let first = try reader.header()
        guard first.version != 0 else {
            var table = try reader.block(first, timeBytes: 4)
            guard reader.position == bytes.count else { throw .inconsistent(.counts) }
            table.footer = nil
            return table
        }
        let skipped = first.blockBytes(timeBytes: 4)
        guard skipped <= bytes.count - reader.position else { throw .truncated }
        reader.position += skipped
        let second = try reader.header()
        guard second.version == first.version else { throw .inconsistent(.counts) }
        var table = try reader.block(second, timeBytes: 8)
        table.footer = try reader.footer()
        return table
    }

    private mutating func header() throws(ZoneFault) -> Header {
        let magic: [UInt8] = [0x54, 0x5A, 0x69, 0x66]
        let start = bytes[position...].prefix(4)
        guard magic.starts(with: start) else { throw .notTZif }
        guard bytes.count - position >= 44 else { throw .truncated }
        let version = bytes[position + 4]
        guard version == 0 || (UInt8(ascii: "2")...UInt8(ascii: "4")).contains(version) else {
            throw .unknownVersion(version)
        }
        // Fifteen bytes after the version are kept for later.
        position += 20
        return Header(
            version: version,
            universalFlags: Int(number(4)),
            standardFlags: Int(number(4)),
            leapSeconds: Int(number(4)),
            transitions: Int(number(4)),
            types: Int(number(4)),
            characters: Int(number(4))
        )
    }

    /// §3.2, without the leap seconds, which no zone of the system's clock has.
    private mutating func block(_ header: Header, timeBytes: Int) throws(ZoneFault) -> ZoneTable {
        guard header.leapSeconds == 0 else { throw .leapSeconds }
        guard header.blockBytes(timeBytes: timeBytes) <= bytes.count - position else {
            throw .truncated
        }
        guard (1...256).contains(header.types), header.characters > 0,
            header.universalFlags == 0 || header.universalFlags == header.types,
            header.standardFlags == 0 || header.standardFlags == header.types
        else { throw .inconsistent(.counts) }
        let times = try times(header.transitions, bytes: timeBytes)
        let typeNumbers = bytes[position..<(position + header.transitions)].map { Int($0) }
        position += header.transitions
        guard typeNumbers.allSatisfy({ $0 < header.types }) else {
            throw .inconsistent(.typeNumbers)
        }
        let names = position + header.types * 6
        let characters = bytes[names..<(names + header.characters)]
        var types: [ZoneTable.LocalTime] = []
        for _ in 0..<header.types { types.append(try localTime(characters)) }
        position = names + header.characters + header.standardFlags + header.universalFlags
        return ZoneTable(times: times, typeNumbers: typeNumbers, types: types, footer: nil)
    }

    /// §3.2: strictly ascending, and not before −2⁵⁹; so far from the ends of 64 bits that an
    /// offset can be added to any.
    private mutating func times(_ count: Int, bytes width: Int) throws(ZoneFault) -> [Int64] {
        var times: [Int64] = []
        times.reserveCapacity(count)
        for _ in 0..<count {
            let read = number(width)
            let time = width == 4 ? Int64(Int32(truncatingIfNeeded: read)) : read
            guard time.magnitude <= 1 << 59 else { throw .inconsistent(.transitionTimes) }
            if let last = times.last, last >= time { throw .inconsistent(.transitionOrder) }
            times.append(time)
        }
        return times
    }

    private mutating func localTime(
        _ characters: ArraySlice<UInt8>
    ) throws(ZoneFault) -> ZoneTable.LocalTime {
        let offset = Int(Int32(truncatingIfNeeded: number(4)))
        let isSummer = number(1)
        let index = Int(number(1))
        guard ZoneTable.offsets.contains(offset) else { throw .inconsistent(.offsets) }
        guard isSummer <= 1, index < characters.count else { throw .inconsistent(.abbreviations) }
        let name = characters.dropFirst(index)
        guard let end = name.firstIndex(of: 0), name[..<end].allSatisfy(ZoneTable.isNameByte) else {
            throw .inconsistent(.abbreviations)
        }
        let text = String(decoding: name[..<end], as: UTF8.self)
        return ZoneTable.LocalTime(offset: offset, abbreviation: text)
    }

    /// §3.3: a line feed, the rule for all later times or nothing, and a line feed.
    private mutating func footer() throws(ZoneFault) -> ZoneFooter? {
        guard position < bytes.count, bytes.last == 0x0A, bytes.count - position >= 2 else {
            throw .truncated
        }
        guard bytes[position] == 0x0A else { throw .inconsistent(.footer) }
        let rule = bytes[(position + 1)..<(bytes.count - 1)]
        guard rule.allSatisfy({ (0x20..<0x7F).contains($0) }) else { throw .inconsistent(.footer) }
        return rule.isEmpty ? nil : try ZoneFooterReader.read(rule)
    }

    /// Big-endian, with a sign only in eight bytes; the caller has made sure that they are there.
    private mutating func number(_ width: Int) -> Int64 {
        var value: UInt64 = 0
        for byte in bytes[position..<(position + width)] { value = value << 8 | UInt64(byte) }
        position += width
        return width == 8 ? Int64(truncatingIfNeeded: value) : Int64(value)
    }
}
