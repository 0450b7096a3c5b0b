/// Where the rules of time zones come from: reading files is not this layer's business.
package struct ZoneSource: Sendable {
    /// The zone of a name, or of the system where it is `nil`.
    package let find: @Sendable (String?) throws(ZoneLookupFault) -> ZoneRules

    package init(_ find: @escaping @Sendable (String?) throws(ZoneLookupFault) -> ZoneRules) {
        self.find = find
    }

    /// For readers that never ask when: what may be a name is taken, and stands for UTC.
    package static let unneeded = ZoneSource { name throws(ZoneLookupFault) in
        guard name.map(isName) ?? true else { throw .unknown(name ?? "", suggestion: nil) }
        return .utc
    }

    /// Whether a text may name a zone: letters, digits and `_+-`, in parts between slashes (the
    /// naming rules of tzdata), so that no name leads out of the database's folder.
    package static func isName(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        return text.utf8.count <= 64
            && parts.allSatisfy { part in
                !part.isEmpty && part.first != "-" && part.utf8.allSatisfy(isWritten)
            }
    }

    private static func isWritten(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"), UInt8(ascii: "+"),
            UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

/// Why there are no rules for a zone.
package enum ZoneLookupFault: Error, Hashable {
    case unknown(String, suggestion: String?)
    /// The machine has no time zones at all; where they were looked for.
    case noDatabase(String, folder: String)
    /// Its file is there and cannot be read.
    case unreadable(String, why: String)
    case damaged(String, ZoneFault)

    /// What is wrong.
    package var message: String {
        switch self {
        case .unknown(let name, _): "there is no time zone \(quoted(name))"
        case .noDatabase(let name, let folder):
            "the time zone \(quoted(name)) cannot be known: there is no \(folder)"
        case .unreadable(let name, let why):
            "the time zone \(quoted(name)) cannot be read: \(why)"
        case .damaged(let name, let fault): "the time zone \(quoted(name)) is damaged: \(fault)"
        }
    }

    /// What to do about it.
    package var advice: String {
        switch self {
        case .unknown(_, let suggestion):
            suggestion.map { "did you mean \(quoted($0))?" }
                ?? "write a name such as `Europe/Berlin`, or `UTC`"
        case .noDatabase: "install the system's package `tzdata`, or write `timezone: UTC`"
        case .unreadable: "mend the file, or write another zone"
        case .damaged: "install the system's package `tzdata` anew"
        }
    }
}
