/// A JSON number, exact where it can be.
package enum JSONNumber: Hashable, Sendable {
    case integer(Int64)
    case double(Double)
}

extension JSONReader {
    mutating func wholeNumber<Integer: FixedWidthInteger>() throws(JSONError) -> Integer {
        _ = try nextByte()
        let first = position
        let isNegative = bytes[position] == UInt8(ascii: "-")
        if isNegative { position += 1 }
        var value: Integer = 0
        let digits = position
        while position < end {
            let digit = bytes[position] &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let step = Integer(truncatingIfNeeded: digit)
            let (sum, carry) =
                isNegative
                ? product.subtractingReportingOverflow(step)
                : product.addingReportingOverflow(step)
            guard !overflow, !carry else { throw JSONError(.numberOutOfRange, at: first - start) }
            value = sum
            position += 1
        }
        guard position > digits else {
            throw JSONError(isNegative ? .invalidNumber : .expected("a number"), at: first - start)
        }
        if position - digits > 1, bytes[digits] == UInt8(ascii: "0") {
            throw JSONError(.invalidNumber, at: first - start)
        }
        if position < end, isOneOf(bytes[position], ".", "e", "E") {
            throw JSONError(.expected("an integer"), at: first - start)
        }
        isFirst = false
        return value
    }

    private func isOneOf(_ byte: UInt8, _ choices: Unicode.Scalar...) -> Bool {
        choices.contains { UInt8(ascii: $0) == byte }
    }

    /// RFC 8259 §6: `[ minus ] int [ frac ] [ exp ]`.
    mutating func numberRange() throws(JSONError) -> (Range<Int>, isInteger: Bool) {
        _ = try nextByte()
        let first = position
        var isInteger = true
        if bytes[position] == UInt8(ascii: "-") { position += 1 }
        let whole = position
        try digits(of: first)
        if position - whole > 1, bytes[whole] == UInt8(ascii: "0") {
            throw JSONError(.invalidNumber, at: first - start)
        }
        if position < end, bytes[position] == UInt8(ascii: ".") {
            isInteger = false
            position += 1
            try digits(of: first)
        }
        if position < end, isOneOf(bytes[position], "e", "E") {
            isInteger = false
            position += 1
            if position < end, isOneOf(bytes[position], "+", "-") { position += 1 }
            try digits(of: first)
        }
        isFirst = false
        return (first..<position, isInteger)
    }

    private mutating func digits(of number: Int) throws(JSONError) {
        let first = position
        while position < end, bytes[position] &- UInt8(ascii: "0") < 10 { position += 1 }
        guard position > first else {
            throw JSONError(position < end ? .invalidNumber : .unexpectedEnd, at: number - start)
        }
    }
}
