/// Why bytes are no time zone (TZif, RFC 9636).
package enum ZoneFault: Error, Hashable {
    /// So many bytes; the limit is `Limits.zoneBytes`.
    case tooLarge(Int)
    case notTZif
    /// The version byte as it stands in the file.
    case unknownVersion(UInt8)
    /// The file ends before what it announces.
    case truncated
    /// What contradicts itself.
    case inconsistent(Part)
    /// A `right/` zone: it counts seconds that the clocks of Linux do not.
    case leapSeconds
    /// The footer's rule is none that POSIX or RFC 9636 knows.
    case badRule(String)

    /// A part of the file.
    package enum Part: Hashable, Sendable {
        case counts
        case transitionOrder
        case transitionTimes
        case typeNumbers
        case offsets
        case abbreviations
        case footer
    }
}

extension ZoneFault: CustomStringConvertible {
    /// What is wrong with the file, and what to do.
    package var description: String {
        switch self {
        case .tooLarge(let bytes):
            "a time zone of \(bytes) bytes is none: the limit is \(Limits.zoneBytes); "
                + "install the system's tzdata again"
        case .notTZif: "the file is no time zone: name one of those in /usr/share/zoneinfo"
        case .unknownVersion(let byte):
            "the time zone is of an unknown version (byte \(byte)): versions 1 to 4 are read"
        case .truncated: "the time zone's file is cut off: install the system's tzdata again"
        case .inconsistent(let part):
            "the time zone's \(part.phrase) contradict the rest of its file: install the system's "
                + "tzdata again"
        case .leapSeconds:
            "the time zone counts leap seconds, as the system's clock does not: name the zone "
                + "without `right/`"
        case .badRule(let rule):
            "the time zone ends with the rule \(quoted(rule)), which cannot be read: install the "
                + "system's tzdata again"
        }
    }
}

extension ZoneFault.Part {
    fileprivate var phrase: String {
        switch self {
        case .counts: "counts"
        case .transitionOrder, .transitionTimes: "transitions"
        case .typeNumbers: "numbers of local time types"
        case .offsets: "offsets"
        case .abbreviations: "abbreviations"
        case .footer: "last lines"
        }
    }
}
