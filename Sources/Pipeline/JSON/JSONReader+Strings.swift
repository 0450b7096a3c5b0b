extension JSONReader {
    /// The string whose quotation mark is at `position`.
    mutating func text() throws(JSONError) -> String {
        let first = position + 1
        let stop = plainEnd(from: first)
        guard stop < end else { throw JSONError(.unexpectedEnd, at: end - start) }
        guard bytes[stop] == UInt8(ascii: "\"") else { return try escapedText(from: first, stop) }
        position = stop + 1
        isFirst = false
        return try decoded(bytes, first..<stop, at: first)
    }

    /// Where the run of bytes that stand for themselves ends.
    private func plainEnd(from first: Int) -> Int {
        unsafe bytes.withUnsafeBufferPointer { bytes in
            var place = first
            while place < end {
                let byte = unsafe bytes[place]
                if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20 {
                    break
                }
                place += 1
            }
            return place
        }
    }

    private func decoded(
        _ source: [UInt8],
        _ range: Range<Int>,
        at place: Int
    ) throws(JSONError) -> String {
        let text: String? = unsafe source.withUnsafeBufferPointer { source in
            let text = unsafe UnsafeBufferPointer(rebasing: source[range])
            // The common case, without the generic machinery of the general one: nothing to repair.
            if unsafe isASCII(text) { return unsafe String(decoding: text, as: UTF8.self) }
            return unsafe String(validating: text, as: UTF8.self)
        }
        guard let text else { throw JSONError(.invalidUTF8, at: place - start) }
        return text
    }

    private func isASCII(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var bits: UInt8 = 0
        for index in text.indices { unsafe bits |= text[index] }
        return bits < 0x80
    }

    /// The string from `first`, whose first escape (or fault) is at `stop`.
    private mutating func escapedText(from first: Int, _ stop: Int) throws(JSONError) -> String {
        var result = Array(bytes[first..<stop])
        position = stop
        while true {
            guard position < end else { throw error(.unexpectedEnd) }
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                isFirst = false
                return try decoded(result, result.indices, at: first)
            case UInt8(ascii: "\\"): try appendEscape(to: &result)
            case 0..<0x20: throw error(.controlCharacter)
            default:
                let stop = plainEnd(from: position)
                result.append(contentsOf: bytes[position..<stop])
                position = stop
            }
        }
    }

    /// RFC 8259 §7: the escape whose reverse solidus is at `position`.
    private mutating func appendEscape(to result: inout [UInt8]) throws(JSONError) {
        guard position + 1 < end else { throw JSONError(.unexpectedEnd, at: end - start) }
        let letter = bytes[position + 1]
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(letter)
        case UInt8(ascii: "n"): result.append(0x0A)
        case UInt8(ascii: "t"): result.append(0x09)
        case UInt8(ascii: "r"): result.append(0x0D)
        case UInt8(ascii: "b"): result.append(0x08)
        case UInt8(ascii: "f"): result.append(0x0C)
        case UInt8(ascii: "u"):
            let scalar = try escapedScalar()
            result.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            return
        default: throw error(.invalidEscape)
        }
        position += 2
    }

    /// One `\uXXXX`, or two that are a surrogate pair.
    private mutating func escapedScalar() throws(JSONError) -> Unicode.Scalar {
        let first = try escapedUnit()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard UTF16.isLeadSurrogate(first), position + 1 < end,
            bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u")
        else { throw error(.loneSurrogate) }
        let second = try escapedUnit()
        guard UTF16.isTrailSurrogate(second),
            let scalar = Unicode.Scalar(
                0x1_0000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00)
            )
        else { throw error(.loneSurrogate) }
        return scalar
    }

    private mutating func escapedUnit() throws(JSONError) -> UInt16 {
        guard position + 6 <= end else { throw JSONError(.unexpectedEnd, at: end - start) }
        var unit: UInt16 = 0
        for byte in bytes[(position + 2)..<(position + 6)] {
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: throw error(.invalidEscape)
            }
            unit = unit << 4 | UInt16(digit)
        }
        position += 6
        return unit
    }
}
