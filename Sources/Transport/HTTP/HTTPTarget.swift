/// What a request is for: path and query, percent-decoded (RFC 9112 §3.2, RFC 3986).
package struct HTTPTarget: Hashable, Sendable {
    package struct QueryItem: Hashable, Sendable {
        package var name: String
        package var value: String
    }

    /// The parts between the slashes, each decoded after the split, so an encoded slash does not
    /// divide; `/` is one empty part, a path that ends with a slash has an empty last part.
    package var segments: [String]
    /// In the order of the query; `name` without `=` has an empty value.
    package var query: [QueryItem]
    /// Of an absolute target; replaces the field `Host`.
    package var authority: String?

    /// Decoded: for people and for look-up, not to be taken apart again.
    package var path: String { isAsterisk ? "*" : "/" + segments.joined(separator: "/") }

    /// The server as a whole: `OPTIONS *`.
    package var isAsterisk: Bool { segments.isEmpty }

    /// The first value of a query item.
    package func value(of name: String) -> String? { query.first { $0.name == name }?.value }

    /// The target of `OPTIONS *`.
    package static let asterisk = HTTPTarget()

    private init() {
        segments = []
        query = []
    }

    /// - Returns: `nil` for a target that is none: bad escapes, bytes that are not UTF-8, a NUL.
    package init?(_ bytes: some Collection<UInt8>) {
        var rest = Array(bytes)[...]
        guard rest.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "#") }) else {
            return nil
        }
        authority = nil
        segments = []
        query = []
        if rest.elementsEqual("*".utf8) { return }
        if let start = HTTPTarget.authorityStart(rest) {
            let end = rest[start...].firstIndex { $0 == slash || $0 == mark } ?? rest.endIndex
            guard end > start, HTTPTarget.isAuthority(rest[start..<end]) else { return nil }
            authority = String(decoding: rest[start..<end], as: UTF8.self)
            rest = rest[end...]
            if rest.first != slash { rest = [slash] + rest }
        }
        guard rest.first == slash else { return nil }
        let end = rest.firstIndex(of: mark) ?? rest.endIndex
        for part in rest[..<end].dropFirst().split(
            separator: slash,
            omittingEmptySubsequences: false
        ) {
            guard let segment = HTTPTarget.decode(part) else { return nil }
            segments.append(segment)
        }
        if end < rest.endIndex {
            guard let items = HTTPTarget.items(rest[(end + 1)...]) else { return nil }
            query = items
        }
    }

    /// A field value of `Host`, or an authority without user: empty, name or address, port.
    static func isAuthority(_ bytes: some Collection<UInt8>) -> Bool {
        bytes.allSatisfy { byte in
            byte.isTokenByte && byte != UInt8(ascii: "#") && byte != UInt8(ascii: "^")
                && byte != UInt8(ascii: "`") && byte != UInt8(ascii: "|")
                || "()=,;:[]".utf8.contains(byte)
        }
    }

    private static func authorityStart(_ bytes: ArraySlice<UInt8>) -> Int? {
        if bytes.first == slash { return nil }
        for scheme in ["http://", "https://"] {
            let head = bytes.prefix(scheme.utf8.count)
            if head.map(\.asciiLowercased).elementsEqual(scheme.utf8) { return head.endIndex }
        }
        return nil
    }

    private static func items(_ bytes: ArraySlice<UInt8>) -> [QueryItem]? {
        var items: [QueryItem] = []
        for pair in bytes.split(separator: UInt8(ascii: "&")) {
            let sides = pair.split(
                separator: UInt8(ascii: "="),
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            guard let name = decode(sides[0], plusIsSpace: true),
                let value = decode(sides.dropFirst().first ?? [], plusIsSpace: true)
            else { return nil }
            items.append(QueryItem(name: name, value: value))
        }
        return items
    }

    /// The text as a path segment or a query's name or value: RFC 3986 §2.3 leaves letters, digits
    /// and four marks as they are.
    package static func escaped(_ text: String) -> String {
        var bytes: [UInt8] = []
        let digits = Array("0123456789ABCDEF".utf8)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"):
                bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func decode(_ bytes: ArraySlice<UInt8>, plusIsSpace: Bool = false) -> String? {
        let isPlain = !bytes.contains(UInt8(ascii: "%"))
        if isPlain, !plusIsSpace || !bytes.contains(UInt8(ascii: "+")) {
            return String(validating: bytes, as: UTF8.self)
        }
        var decoded: [UInt8] = []
        var rest = bytes
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst()?.hexValue, let low = rest.popFirst()?.hexValue,
                    high | low != 0
                else { return nil }
                decoded.append(high << 4 | low)
            case UInt8(ascii: "+") where plusIsSpace: decoded.append(UInt8(ascii: " "))
            default: decoded.append(byte)
            }
        }
        return String(validating: decoded, as: UTF8.self)
    }
}

private let slash = UInt8(ascii: "/")
private let mark = UInt8(ascii: "?")
