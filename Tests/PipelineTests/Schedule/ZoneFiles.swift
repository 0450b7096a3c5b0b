import Glibc
import Pipeline
import TestSupport

/// The system's compiled time zones.
enum ZoneFiles {
    static let root = "/usr/share/zoneinfo"

    static func bytes(_ name: String) throws -> [UInt8] {
        guard let file = fopen("\(root)/\(name)", "rb") else {
            throw TestSupportError("\(root)/\(name) is missing: install tzdata")
        }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 {
            bytes += buffer[..<count]
        }
        return bytes
    }

    static func rules(_ name: String) throws -> ZoneRules {
        try ZoneRules(parsing: try bytes(name), name: name)
    }

    /// The names in tzdata's own list: zones and links.
    static func names() throws -> [String] {
        let text = String(decoding: try bytes("tzdata.zi"), as: UTF8.self)
        return text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            switch words.first {
            case "Z": return String(words[1])
            case "L": return String(words[2])
            default: return nil
            }
        }
        .sorted()
    }

    /// One name for every file that differs from the others.
    static func distinctNames() throws -> [String] {
        var seen: Set<[UInt8]> = []
        return try names().filter { seen.insert(try bytes($0)).inserted }
    }
}

/// The instant of `2026-03-29T01:00:00Z`; the time may be left out.
func instant(_ text: String) throws -> Timestamp {
    guard let date = CalendarDate(String(text.prefix(10))) else {
        throw TestSupportError("\(text) is no day")
    }
    let clock = text.dropFirst(11).split(whereSeparator: { !$0.isNumber }).compactMap { Int64($0) }
    let seconds = zip(clock, [3_600, 60, 1]).reduce(0) { $0 + $1.0 * $1.1 }
    return Timestamp(nanoseconds: (date.daysSinceEpoch * 86_400 + seconds) * 1_000_000_000)
}

/// The minute of `2026-03-29 01:00`.
func civilMinute(_ text: String) throws -> CivilMinute {
    CivilMinute(minutesSinceEpoch: try instant(text).nanoseconds / 60_000_000_000)
}
