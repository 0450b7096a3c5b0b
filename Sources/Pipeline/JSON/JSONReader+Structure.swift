extension JSONReader {
    func error(_ reason: JSONError.Reason) -> JSONError {
        JSONError(reason, at: position - start)
    }

    /// Passes over white space (RFC 8259 §2); false at the end of the text.
    func skipSpace(from place: inout Int) -> Bool {
        while place < end {
            let byte = bytes[place]
            guard byte <= 0x20, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else {
                return true
            }
            place += 1
        }
        return false
    }

    /// The next byte that is not white space, at `position`.
    mutating func nextByte() throws(JSONError) -> UInt8 {
        guard skipSpace(from: &position) else { throw error(.unexpectedEnd) }
        return bytes[position]
    }

    mutating func expect(_ byte: UInt8, _ what: String) throws(JSONError) {
        guard try nextByte() == byte else { throw error(.expected(what)) }
        position += 1
    }

    mutating func open(_ bracket: UInt8, _ what: String) throws(JSONError) {
        guard try nextByte() == bracket else { throw error(.expected(what)) }
        guard depth < depthLimit else { throw error(.tooDeep(depthLimit)) }
        depth += 1
        position += 1
        isFirst = true
    }

    /// Moves to the next member or element; false when `bracket` closed the container instead.
    mutating func advance(
        to bracket: UInt8,
        _ what: String
    ) throws(JSONError) -> Bool {
        let byte = try nextByte()
        if byte == bracket {
            position += 1
            depth -= 1
            isFirst = false
            return false
        }
        if isFirst { return true }
        guard byte == UInt8(ascii: ",") else { throw error(.expected(what)) }
        position += 1
        return true
    }

    mutating func word(_ word: StaticString) throws(JSONError) {
        for index in 0..<word.utf8CodeUnitCount {
            guard position + index < end else { throw JSONError(.unexpectedEnd, at: end - start) }
            guard unsafe bytes[position + index] == word.utf8Start[index] else {
                throw error(.expected("\(word)"))
            }
        }
        position += word.utf8CodeUnitCount
        isFirst = false
    }
}
