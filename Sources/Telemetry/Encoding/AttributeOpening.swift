import Pipeline

/// The text of an attribute up to its value, ready for every key and kind of value.
///
/// `,{"key":"process.pid","value":{"intValue":"`: half of a request is such text, so it is made once
/// and not per span, and copied by as many stores whatever its length.
enum AttributeOpening: Int, CaseIterable {
    case text
    case integer
    case double
    case boolean
    case array

    /// All of them, each in a place of its own of one width, its length in the last byte.
    struct Table: Sendable {
        private static let width = 96
        private let texts: [UInt8]

        fileprivate init() {
            let count = AttributeOpening.allCases.count * 256
            var texts = [UInt8](repeating: 0, count: count * Table.width)
            for kind in AttributeOpening.allCases {
                for key in AttributeKey.allCases {
                    let text = Array(#",{"key":"\#(key.rawValue)","value":\#(kind.value)"#.utf8)
                    precondition(text.count < Table.width, "\(key) is too long a name")
                    let index = AttributeOpening.index(kind, key)
                    let place = index * Table.width
                    texts.replaceSubrange(place..<place + text.count, with: text)
                    texts[place + Table.width - 1] = UInt8(text.count)
                }
            }
            self.texts = texts
        }

        @inline(__always)
        func write(_ kind: AttributeOpening, _ key: AttributeKey, to cursor: inout JSONCursor) {
            let index = AttributeOpening.index(kind, key)
            // The table has a whole place for every index.
            unsafe texts.withUnsafeBytes { texts in
                guard let start = texts.baseAddress else { return }
                let text = unsafe start + index * Table.width
                let length = unsafe text.load(fromByteOffset: Table.width - 1, as: UInt8.self)
                unsafe cursor.piece(text, Int(length), width: Table.width)
            }
        }

        /// Without the comma that sets it off from the one before it.
        func writeFirst(
            _ kind: AttributeOpening,
            _ key: AttributeKey,
            to cursor: inout JSONCursor
        ) {
            let index = AttributeOpening.index(kind, key)
            let place = index * Table.width
            let length = Int(texts[place + Table.width - 1])
            cursor.bytes(texts.span.extracting(place + 1..<place + length))
        }
    }

    static let table = Table()

    private var value: String {
        switch self {
        case .text: #"{"stringValue":""#
        case .integer: #"{"intValue":""#
        case .double: #"{"doubleValue":"#
        case .boolean: #"{"boolValue":"#
        case .array: #"{"arrayValue":{"values":["#
        }
    }

    /// Where in the table it stands.
    ///
    /// The key's part is the byte that stands for it in memory: some number below 256, another for
    /// each key. Which one does not matter, since the table is filled by it as well.
    @inline(__always)
    private static func index(_ kind: AttributeOpening, _ key: AttributeKey) -> Int {
        let byte = unsafe withUnsafeBytes(of: key) { unsafe $0[0] }
        return kind.rawValue * 256 + Int(byte)
    }
}
