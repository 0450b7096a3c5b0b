/// Swift source with comments and string literals blanked out, so that a check sees code only.
///
/// Line ends stay, so lines keep their numbers; interpolations are blanked as well.
struct SwiftText: Sendable {
    let bytes: [UInt8]
    let lines: [String]

    init(_ text: String) {
        var masker = Masker(bytes: Array(text.utf8))
        bytes = masker.masked()
        lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
    }
}

private struct Masker {
    let bytes: [UInt8]
    var output: [UInt8]
    var position = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
        output = bytes
    }

    mutating func masked() -> [UInt8] {
        while position < bytes.count {
            if starts("//") {
                blank(to: end(of: "\n", from: position, includingIt: false))
            } else if starts("/*") {
                blank(to: endOfBlockComment())
            } else if bytes[position] == UInt8(ascii: "\"") || startsRawString() {
                blank(to: endOfString())
            } else if bytes[position] == UInt8(ascii: "`") {
                blank(to: end(of: "`", from: position + 1, includingIt: true))
            } else {
                position += 1
            }
        }
        return output
    }

    private func starts(_ text: String, at offset: Int? = nil) -> Bool {
        var index = offset ?? position
        for byte in text.utf8 {
            guard index < bytes.count, bytes[index] == byte else { return false }
            index += 1
        }
        return true
    }

    private mutating func blank(to end: Int) {
        for index in position..<min(end, bytes.count) where bytes[index] != UInt8(ascii: "\n") {
            output[index] = UInt8(ascii: " ")
        }
        position = max(end, position + 1)
    }

    private func end(of text: String, from start: Int, includingIt: Bool) -> Int {
        var index = start
        while index < bytes.count, !starts(text, at: index) { index += 1 }
        return includingIt ? index + text.utf8.count : index
    }

    private func endOfBlockComment() -> Int {
        var depth = 0
        var index = position
        while index < bytes.count {
            if starts("/*", at: index) {
                depth += 1
                index += 2
            } else if starts("*/", at: index) {
                depth -= 1
                index += 2
                if depth == 0 { return index }
            } else {
                index += 1
            }
        }
        return index
    }

    private func startsRawString() -> Bool {
        guard bytes[position] == UInt8(ascii: "#") else { return false }
        let hashes = bytes[position...].prefix { $0 == UInt8(ascii: "#") }.count
        return hashes > 0 && starts("\"", at: position + hashes)
    }

    /// A literal ends at its own quotes followed by as many hashes as it began with; a backslash
    /// followed by those hashes escapes one character or opens an interpolation.
    private func endOfString() -> Int {
        let hashes = bytes[position...].prefix { $0 == UInt8(ascii: "#") }
        let quotes = starts("\"\"\"", at: position + hashes.count) ? 3 : 1
        let close = [UInt8](repeating: UInt8(ascii: "\""), count: quotes) + hashes
        let escape = [UInt8(ascii: "\\")] + hashes
        var index = position + hashes.count + quotes
        while index < bytes.count {
            let rest = bytes[index...]
            if rest.starts(with: close) { return index + close.count }
            if rest.starts(with: escape) {
                index += escape.count
                index = starts("(", at: index) ? endOfInterpolation(from: index) : index + 1
            } else if quotes == 1, bytes[index] == UInt8(ascii: "\n") {
                return index
            } else {
                index += 1
            }
        }
        return index
    }

    private func endOfInterpolation(from start: Int) -> Int {
        var inner = Masker(bytes: Array(bytes[start...]))
        var depth = 0
        while inner.position < inner.bytes.count {
            let byte = inner.bytes[inner.position]
            if byte == UInt8(ascii: "\"") || inner.startsRawString() {
                inner.position = inner.endOfString()
                continue
            }
            if byte == UInt8(ascii: "(") { depth += 1 }
            if byte == UInt8(ascii: ")") { depth -= 1 }
            inner.position += 1
            if depth == 0 { break }
        }
        return start + inner.position
    }
}
