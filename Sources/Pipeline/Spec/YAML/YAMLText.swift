/// Checks that bytes are text that a YAML file may hold, before anything is read from them.
enum YAMLText {
    /// The first fault of the bytes as text: encoding (YAML 1.2.2 §5.2) and printable characters
    /// (§5.1).
    static func fault(in source: SourceText) -> YAMLError? {
        let bytes = source.bytes
        guard bytes.count <= Limits.specBytes else {
            return YAMLError(fault: .tooLarge(bytes.count), offset: 0)
        }
        // §5.2 tells UTF-16 and UTF-32 by their marks or by the NUL beside the first ASCII byte.
        if bytes.starts(with: [0xFE, 0xFF]) || bytes.starts(with: [0xFF, 0xFE])
            || bytes.prefix(4).contains(0)
        {
            return YAMLError(fault: .otherEncoding, offset: 0)
        }
        var offset = source.contentStart
        while offset < bytes.count {
            if isPlainASCII(bytes[offset]) {
                offset += 1
                continue
            }
            guard let (value, length) = decode(bytes, at: offset) else {
                return YAMLError(fault: .notUTF8, offset: offset)
            }
            if let fault = fault(of: value) { return YAMLError(fault: fault, offset: offset) }
            offset += length
        }
        return nil
    }

    private static func isPlainASCII(_ byte: UInt8) -> Bool {
        (byte >= 0x20 && byte < 0x7F) || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    private static func fault(of value: UInt32) -> YAMLFault? {
        switch value {
        case 0x09, 0x0A, 0x0D, 0x85: nil
        case 0x00..<0x20, 0x7F..<0xA0, 0xFFFE, 0xFFFF: .controlCharacter(value)
        case 0xFEFF: .byteOrderMark
        default: nil
        }
    }

    /// One character of well-formed UTF-8 (Unicode 16, table 3-7).
    private static func decode(_ bytes: [UInt8], at offset: Int) -> (UInt32, Int)? {
        let lead = bytes[offset]
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch lead {
        case 0x00...0x7F: return (UInt32(lead), 1)
        case 0xC2...0xDF: length = 2
        case 0xE0...0xEF:
            length = 3
            if lead == 0xE0 { second = 0xA0...0xBF }
            if lead == 0xED { second = 0x80...0x9F }
        case 0xF0...0xF4:
            length = 4
            if lead == 0xF0 { second = 0x90...0xBF }
            if lead == 0xF4 { second = 0x80...0x8F }
        default: return nil
        }
        guard offset + length <= bytes.count, second.contains(bytes[offset + 1]) else { return nil }
        var value = UInt32(lead) & (0x7F >> UInt32(length))
        for byte in bytes[(offset + 1)..<(offset + length)] {
            guard byte & 0xC0 == 0x80 else { return nil }
            value = value << 6 | UInt32(byte & 0x3F)
        }
        return (value, length)
    }
}
