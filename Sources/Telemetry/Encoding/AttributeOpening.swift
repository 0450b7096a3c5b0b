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

    /// All of them, each in a place of its own of one width, with its length.
    ///
    /// It lives as long as the process.
    @safe
    struct Table: Sendable {
        static let width = 96
        // Written before anybody has the table, and never again.
        private nonisolated(unsafe) let texts: UnsafeRawPointer
        // As the texts.
        private nonisolated(unsafe) let lengths: UnsafePointer<Int>

        fileprivate init() {
            let count = AttributeOpening.allCases.count * 256
            let texts = UnsafeMutableRawPointer.allocate(
                byteCount: count * Table.width,
                alignment: 64
            )
            unsafe texts.initializeMemory(as: UInt8.self, repeating: 0, count: count * Table.width)
            let lengths = UnsafeMutablePointer<Int>.allocate(capacity: count)
            unsafe lengths.initialize(repeating: 0, count: count)
            for kind in AttributeOpening.allCases {
                for key in AttributeKey.allCases {
                    let text = Array(#",{"key":"\#(key.rawValue)","value":\#(kind.value)"#.utf8)
                    precondition(text.count <= Table.width, "\(key) is too long a name")
                    let index = kind.rawValue * 256 + AttributeOpening.position(key)
                    unsafe lengths[index] = text.count
                    unsafe (texts + index * Table.width).copyMemory(
                        from: text,
                        byteCount: text.count
                    )
                }
            }
            unsafe self.texts = UnsafeRawPointer(texts)
            unsafe self.lengths = UnsafePointer(lengths)
        }

        @inline(__always)
        func write(_ kind: AttributeOpening, _ key: AttributeKey, to cursor: inout JSONCursor) {
            let index = kind.rawValue * 256 + AttributeOpening.position(key)
            unsafe cursor.piece(texts + index * Table.width, lengths[index], width: Table.width)
        }

        /// Without the comma that sets it off from the one before it.
        func writeFirst(
            _ kind: AttributeOpening,
            _ key: AttributeKey,
            to cursor: inout JSONCursor
        ) {
            let index = kind.rawValue * 256 + AttributeOpening.position(key)
            let length = unsafe lengths[index] - 1
            unsafe cursor.piece(texts + (index * Table.width + 1), length, width: length)
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

    /// The byte that stands for the key in memory: some number below 256, another for each key.
    ///
    /// Which one does not matter, since the tables are filled by it as well.
    @inline(__always)
    private static func position(_ key: AttributeKey) -> Int {
        unsafe withUnsafeBytes(of: key) { unsafe Int($0[0]) }
    }
}
