import Pipeline

/// Replaces the values of secrets in a stream of bytes, wherever the pieces are cut.
///
/// The forms looked for are the value, each line of it of 8 bytes or more, and their percent-,
/// JSON- and base64-encoded shapes (design §4, secrets).
package struct SecretMask: Sendable {
    package static let replacement = Array("***".utf8)
    /// Shorter values would turn innocent text into stars.
    package static let valueBytesMin = 6

    /// Longest first, so that a form inside another never wins.
    private let forms: [[UInt8]]
    private let isFirst: [Bool]

    package init(values: [String]) {
        var all: Set<[UInt8]> = []
        for value in values where value.utf8.count >= SecretMask.valueBytesMin {
            all.formUnion(SecretMask.forms(of: value))
        }
        forms = all.sorted { ($1.count, $0.first ?? 0) < ($0.count, $1.first ?? 0) }
        var isFirst = [Bool](repeating: false, count: 256)
        for form in forms {
            if let first = form.first { isFirst[Int(first)] = true }
        }
        self.isFirst = isFirst
    }

    package var isEmpty: Bool { forms.isEmpty }

    /// Masks what `pending` holds as far as it is decided.
    ///
    /// - Parameters:
    ///   - pending: Loses what is decided: a suffix that may be the beginning of a form stays.
    ///   - isFinal: Nothing follows, so nothing stays.
    /// - Returns: The decided bytes, masked.
    package func mask(_ pending: inout [UInt8], isFinal: Bool) -> [UInt8] {
        guard !isEmpty else {
            defer { pending.removeAll(keepingCapacity: true) }
            return pending
        }
        var output: [UInt8] = []
        output.reserveCapacity(pending.count)
        var position = 0
        scan: while position < pending.count {
            let byte = pending[position]
            if isFirst[Int(byte)] {
                for form in forms where form.first == byte {
                    switch match(form, pending, at: position) {
                    case .whole:
                        output += SecretMask.replacement
                        position += form.count
                        continue scan
                    case .part where !isFinal: break scan
                    case .part, .none: continue
                    }
                }
            }
            output.append(byte)
            position += 1
        }
        pending.removeFirst(min(position, pending.count))
        return output
    }

    /// Masks a whole text.
    package func masked(_ text: String) -> String {
        guard !isEmpty else { return text }
        var bytes = Array(text.utf8)
        return String(decoding: mask(&bytes, isFinal: true), as: UTF8.self)
    }

    /// Writes stars over every value, as many as it has bytes: no other byte moves.
    ///
    /// - Returns: Whether there was one.
    package func blot(_ bytes: inout [UInt8]) -> Bool {
        var isFound = false
        var position = 0
        while position < bytes.count {
            guard isFirst[Int(bytes[position])],
                let form = forms.first(where: { match($0, bytes, at: position) == .whole })
            else {
                position += 1
                continue
            }
            for index in position..<(position + form.count) { bytes[index] = UInt8(ascii: "*") }
            position += form.count
            isFound = true
        }
        return isFound
    }

    private enum Match {
        case whole
        case part
        case none
    }

    private func match(_ form: [UInt8], _ bytes: [UInt8], at start: Int) -> Match {
        let available = min(form.count, bytes.count - start)
        for offset in 0..<available where form[offset] != bytes[start + offset] { return .none }
        return available == form.count ? .whole : .part
    }

    // MARK: - Forms

    private static func forms(of value: String) -> [[UInt8]] {
        let whole = Array(value.utf8)
        let lines = whole.split(separator: UInt8(ascii: "\n")).map(Array.init)
        let plain = [whole] + lines.filter { $0.count >= 8 && $0 != whole }
        return plain.flatMap { [$0, percentEncoded($0), jsonEncoded($0)] + base64Forms($0) }
            .filter { $0.count >= valueBytesMin }
    }

    /// RFC 3986 §2.3: all but the unreserved characters.
    private static func percentEncoded(_ bytes: [UInt8]) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        return bytes.flatMap { byte -> [UInt8] in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"):
                [byte]
            default: [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
    }

    private static func jsonEncoded(_ bytes: [UInt8]) -> [UInt8] {
        var writer = JSONWriter()
        writer.string(String(decoding: bytes, as: UTF8.self))
        return Array(writer.bytes.dropFirst().dropLast())
    }

    /// The value alone, and the part of it that stays the same wherever it stands in a longer
    /// text: base64 looks different at each of three alignments.
    private static func base64Forms(_ bytes: [UInt8]) -> [[UInt8]] {
        let embedded = (0..<3).map { shift in
            let padded = [UInt8](repeating: 0, count: shift) + bytes
            let text = base64(Array(padded.prefix(padded.count / 3 * 3)))
            return Array(text.dropFirst(shift == 0 ? 0 : shift + 1))
        }
        return embedded + [base64(bytes)]
    }

    private static func base64(_ bytes: [UInt8]) -> [UInt8] {
        let alphabet = Array(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8
        )
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let padded = Array(group) + [0, 0]
            let bits = Int(padded[0]) << 16 | Int(padded[1]) << 8 | Int(padded[2])
            for (digit, shift) in [18, 12, 6, 0].enumerated() {
                text.append(digit <= group.count ? alphabet[bits >> shift & 63] : UInt8(ascii: "="))
            }
        }
        return text
    }
}
