/// RFC 4648 §4: binary bodies in the lines of a journal.
package enum Base64 {
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8
    )
    private static let padding = UInt8(ascii: "=")
    private static let invalid: UInt8 = 0xFF
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: invalid, count: 256)
        for (value, letter) in alphabet.enumerated() { values[Int(letter)] = UInt8(value) }
        return values
    }()

    /// Appends the text of `bytes` to `text`.
    package static func encode(_ bytes: ArraySlice<UInt8>, into text: inout [UInt8]) {
        text.reserveCapacity(text.count + (bytes.count + 2) / 3 * 4)
        var place = bytes.startIndex
        while place + 3 <= bytes.endIndex {
            let bits =
                Int(bytes[place]) << 16 | Int(bytes[place + 1]) << 8 | Int(bytes[place + 2])
            text.append(alphabet[bits >> 18])
            text.append(alphabet[bits >> 12 & 63])
            text.append(alphabet[bits >> 6 & 63])
            text.append(alphabet[bits & 63])
            place += 3
        }
        let left = bytes.endIndex - place
        guard left > 0 else { return }
        let bits = Int(bytes[place]) << 16 | (left == 2 ? Int(bytes[place + 1]) << 8 : 0)
        text.append(alphabet[bits >> 18])
        text.append(alphabet[bits >> 12 & 63])
        text.append(left == 2 ? alphabet[bits >> 6 & 63] : padding)
        text.append(padding)
    }

    /// Appends what `text` stands for to `bytes`.
    ///
    /// - Returns: False for what `encode` does not write; `bytes` may have grown nevertheless.
    package static func decode(_ text: some Collection<UInt8>, into bytes: inout [UInt8]) -> Bool {
        guard text.count % 4 == 0 else { return false }
        let end = bytes.count + text.count / 4 * 3
        bytes.reserveCapacity(end)
        var bits = 0
        var digits = 0
        var padded = 0
        for letter in text {
            let value = values[Int(letter)]
            if letter == padding {
                padded += 1
            } else if value == invalid || padded > 0 {
                return false
            }
            bits = bits << 6 | (letter == padding ? 0 : Int(value))
            digits += 1
            guard digits == 4 else { continue }
            bytes.append(UInt8(truncatingIfNeeded: bits >> 16))
            bytes.append(UInt8(truncatingIfNeeded: bits >> 8))
            bytes.append(UInt8(truncatingIfNeeded: bits))
            (bits, digits) = (0, 0)
        }
        guard padded <= 2 else { return false }
        bytes.removeLast(padded)
        return true
    }
}
