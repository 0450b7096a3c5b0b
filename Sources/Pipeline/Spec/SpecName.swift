/// What names may look like.
package enum SpecName {
    /// `[a-z0-9][a-z0-9-]{0,62}`: it stands in paths, labels and commands.
    package static func isPipelineName(_ name: String) -> Bool {
        isName(name, also: [UInt8(ascii: "-")])
    }

    /// Matches `[a-z0-9][a-z0-9_-]{0,62}`.
    package static func isStepName(_ name: String) -> Bool {
        isName(name, also: [UInt8(ascii: "-"), UInt8(ascii: "_")])
    }

    /// A POSIX name (`[A-Za-z_][A-Za-z0-9_]*`) of reasonable length.
    package static func isEnvironmentName(_ name: String) -> Bool {
        guard let first = name.utf8.first, name.utf8.count <= 255 else { return false }
        return !isDigit(first) && name.utf8.allSatisfy(isWord)
    }

    /// The form a name takes inside `WEIR_PARAM_…`, `WEIR_OUT_…`, `WEIR_DIR_…`: upper case, and
    /// `_` for everything that is neither letter nor digit.
    package static func environmentForm(_ name: String) -> String {
        let bytes = name.utf8.map { byte -> UInt8 in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - 32
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): byte
            default: UInt8(ascii: "_")
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Letters, digits and `_`: what a shell takes as part of a variable's name.
    static func isWord(_ byte: UInt8) -> Bool {
        isDigit(byte) || byte == UInt8(ascii: "_")
            || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    private static func isName(_ name: String, also: [UInt8]) -> Bool {
        guard let first = name.utf8.first, name.utf8.count <= 63 else { return false }
        return isLowerOrDigit(first)
            && name.utf8.allSatisfy { isLowerOrDigit($0) || also.contains($0) }
    }

    private static func isLowerOrDigit(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
