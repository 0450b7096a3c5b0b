/// What a scalar means under the core schema (YAML 1.2.2 §10.3): only plain ones can be anything
/// but text, and `no`, `yes`, `on`, `off` are text.
package enum YAMLValue: Hashable, Sendable {
    case null
    case boolean(Bool)
    case integer(Int64)
    /// Also an integer that 64 bits do not hold.
    case float(Double)
    case text
}

extension YAMLScalar {
    /// What the scalar means.
    package var value: YAMLValue {
        guard style == .plain else { return .text }
        return YAMLScalar.coreValue(of: text)
    }

    private static func coreValue(of text: String) -> YAMLValue {
        // Nothing of the schema but text is longer; a literal of more digits is no number of ours.
        guard let first = text.utf8.first else { return .null }
        guard mayBeginOther(first), text.utf8.count <= 400 else { return .text }
        switch text {
        case "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .boolean(true)
        case "false", "False", "FALSE": return .boolean(false)
        case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .float(.infinity)
        case "-.inf", "-.Inf", "-.INF": return .float(-.infinity)
        case ".nan", ".NaN", ".NAN": return .float(.nan)
        default: return number(Array(text.utf8), text) ?? .text
        }
    }

    /// Most texts are told by their first byte.
    private static func mayBeginOther(_ byte: UInt8) -> Bool {
        switch Unicode.Scalar(byte) {
        case "~", "n", "N", "t", "T", "f", "F", ".", "+", "-", "0"..."9": true
        default: false
        }
    }

    private static func number(_ bytes: [UInt8], _ text: String) -> YAMLValue? {
        if text.hasPrefix("0o") { return based(text.dropFirst(2), radix: 8) }
        if text.hasPrefix("0x") { return based(text.dropFirst(2), radix: 16) }
        let unsigned =
            bytes.first.map { $0 == plus || $0 == minus } == true
            ? bytes.dropFirst() : bytes[...]
        if !unsigned.isEmpty, unsigned.allSatisfy(isDigit) {
            return Int64(text).map { .integer($0) } ?? Double(text).map { .float($0) }
        }
        guard isFloat(unsigned) else { return nil }
        return Double(text).map { .float($0) }
    }

    private static func based(_ digits: Substring, radix: Int) -> YAMLValue? {
        guard !digits.isEmpty, digits.utf8.allSatisfy({ isHexDigit($0) }) else { return nil }
        if let value = Int64(digits, radix: radix) { return .integer(value) }
        guard radix == 16 || digits.utf8.allSatisfy({ $0 < UInt8(ascii: "8") }) else { return nil }
        return .float(digits.reduce(0) { $0 * Double(radix) + Double($1.hexDigitValue ?? 0) })
    }

    /// Matches `( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`.
    private static func isFloat(_ text: ArraySlice<UInt8>) -> Bool {
        var rest = text
        let whole = rest.prefix(while: isDigit)
        rest = rest.dropFirst(whole.count)
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            let fraction = rest.prefix(while: isDigit)
            guard !whole.isEmpty || !fraction.isEmpty else { return false }
            rest = rest.dropFirst(fraction.count)
        } else if whole.isEmpty {
            return false
        }
        guard let mark = rest.first else { return true }
        guard mark == UInt8(ascii: "e") || mark == UInt8(ascii: "E") else { return false }
        rest = rest.dropFirst()
        if rest.first == plus || rest.first == minus { rest = rest.dropFirst() }
        return !rest.isEmpty && rest.allSatisfy(isDigit)
    }
}

private let plus = UInt8(ascii: "+")
private let minus = UInt8(ascii: "-")

private func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
}

private func isHexDigit(_ byte: UInt8) -> Bool {
    isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
}
