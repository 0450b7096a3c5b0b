import Pipeline

/// The text of an attribute up to its value, ready for every key and kind of value.
///
/// `{"key":"process.pid","value":{"intValue":"`: half of a request is such text, so it is made once
/// and not per span, and all of it stands in one array, so that none is retained per attribute.
enum AttributeOpening: Int, CaseIterable {
    case text
    case integer
    case double
    case boolean
    case array

    @inline(__always)
    static func write(_ kind: AttributeOpening, _ key: AttributeKey, to cursor: inout JSONCursor) {
        let index = kind.rawValue * 256 + position(key)
        let range = Int(starts[index])..<Int(starts[index + 1])
        // The ends are those of the table that was made with the bytes.
        unsafe bytes.withUnsafeBufferPointer { all in
            unsafe cursor.piece(UnsafeBufferPointer(rebasing: all[range]))
        }
    }

    private static let bytes = table.bytes
    /// Where the text of each kind and key begins; the next one's beginning is its end.
    private static let starts = table.starts

    private static let table: (bytes: [UInt8], starts: [Int32]) = {
        var bytes: [UInt8] = []
        var starts: [Int32] = []
        for kind in allCases {
            var names = [String?](repeating: nil, count: 256)
            for key in AttributeKey.allCases { names[position(key)] = key.rawValue }
            for name in names {
                starts.append(Int32(bytes.count))
                guard let name else { continue }
                bytes += Array(#"{"key":"\#(name)","value":\#(kind.value)"#.utf8)
            }
        }
        return (bytes, starts + [Int32(bytes.count)])
    }()

    private var value: String {
        switch self {
        case .text: #"{"stringValue":""#
        case .integer: #"{"intValue":""#
        case .double: #"{"doubleValue":"#
        case .boolean: #"{"boolValue":"#
        case .array: #"{"arrayValue":{"values":["#
        }
    }

    /// The byte that stands for the key in memory: some number below 256, another for each key.
    ///
    /// Which one does not matter, since the tables are filled by it as well.
    @inline(__always)
    private static func position(_ key: AttributeKey) -> Int {
        unsafe withUnsafeBytes(of: key) { unsafe Int($0[0]) }
    }
}
