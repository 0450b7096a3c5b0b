import Pipeline

/// The text of an attribute up to its value, ready for every key and kind of value.
///
/// `{"key":"process.pid","value":{"intValue":"`: half of a request is such text, so it is made once
/// and not per span.
enum AttributeOpening {
    static func text(_ key: AttributeKey) -> [UInt8] { texts[position(key)] }
    static func integer(_ key: AttributeKey) -> [UInt8] { integers[position(key)] }
    static func double(_ key: AttributeKey) -> [UInt8] { doubles[position(key)] }
    static func boolean(_ key: AttributeKey) -> [UInt8] { booleans[position(key)] }
    static func array(_ key: AttributeKey) -> [UInt8] { arrays[position(key)] }

    private static let texts = table(#"{"stringValue":""#)
    private static let integers = table(#"{"intValue":""#)
    private static let doubles = table(#"{"doubleValue":"#)
    private static let booleans = table(#"{"boolValue":"#)
    private static let arrays = table(#"{"arrayValue":{"values":["#)

    private static func table(_ value: String) -> [[UInt8]] {
        var table = [[UInt8]](repeating: [], count: 256)
        for key in AttributeKey.allCases {
            table[position(key)] = Array(#"{"key":"\#(key.rawValue)","value":\#(value)"#.utf8)
        }
        return table
    }

    /// The byte that stands for the key in memory: some number below 256, another for each key.
    ///
    /// Which one does not matter, since the tables are filled by it as well.
    @inline(__always)
    private static func position(_ key: AttributeKey) -> Int {
        unsafe withUnsafeBytes(of: key) { unsafe Int($0[0]) }
    }
}
