import Pipeline

/// What a collector says it has not taken of an accepted request (`Export…PartialSuccess`), read
/// leniently: it comes from anybody.
package struct OTLPPartialSuccess: Hashable, Sendable {
    package var rejected: Int
    package var message: String?

    /// As much of an error message as anyone reads.
    private static let messageCharacters = 200

    /// Nothing where the body says nothing of the kind.
    ///
    /// - Parameters:
    ///   - body: Of an answer with a status of 2xx.
    ///   - signal: What was sent.
    ///   - encoding: The request's, and so by the standard the answer's.
    package init?(_ body: [UInt8], _ signal: OTLPSignal, _ encoding: OTLPEncoding) {
        let found: (count: Int64?, message: String?)?
        switch encoding {
        case .json: found = Self.json(body, signal)
        case .protobuf: found = Self.protobuf(body)
        }
        guard let found else { return nil }
        rejected = max(0, Int(clamping: found.count ?? 0))
        message = found.message.flatMap { text in
            text.isEmpty ? nil : String(text.prefix(Self.messageCharacters))
        }
    }

    private static func json(_ body: [UInt8], _ signal: OTLPSignal) -> (Int64?, String?)? {
        guard let value = try? JSONValue(parsing: body), let partial = value["partialSuccess"]
        else { return nil }
        // A 64-bit integer: a decimal string, and by lenient senders a number.
        let number = partial[signal.rejectedKey]
        let count = number?.string.flatMap { Int64($0) } ?? number?.integer
        return (count, partial["errorMessage"]?.string)
    }

    /// Field 1 of every response is the partial success; in it 1 is the count, 2 the message.
    private static func protobuf(_ body: [UInt8]) -> (Int64?, String?)? {
        var response = ProtobufReader(body)
        var found: (count: Int64?, message: String?)?
        while let field = try? response.next() {
            guard field.number == 1,
                var partial = try? response.message(in: field, called: "partial_success")
            else { continue }
            found = found ?? (nil, nil)
            while let part = try? partial.next() {
                switch (part.number, part.type) {
                case (1, .varint): found?.count = varint(body[part.payload])
                case (2, .bytes):
                    found?.message = String(decoding: body[part.payload], as: UTF8.self)
                default: break
                }
            }
        }
        return found
    }

    /// Seven bits a byte, the lowest first; the reader has seen to its length.
    private static func varint(_ bytes: ArraySlice<UInt8>) -> Int64 {
        let value = bytes.reversed().reduce(UInt64(0)) { $0 << 7 | UInt64($1 & 0x7F) }
        return Int64(bitPattern: value)
    }
}

extension OTLPSignal {
    /// What its partial success calls the number of refused items.
    fileprivate var rejectedKey: String {
        switch self {
        case .traces: "rejectedSpans"
        case .metrics: "rejectedDataPoints"
        case .logs: "rejectedLogRecords"
        }
    }
}
