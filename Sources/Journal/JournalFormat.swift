/// The layout of a journal: what every other file of this target reads, writes or repairs.
///
/// A journal is a text file that only grows. Each line is one JSON object, and begins with its own
/// checksum, so that `jq` reads the file and a reader knows a damaged line when it sees one:
///
///     {"crc":"9a71c3f0","seq":12,"at":1755687600000000000,"type":"step_ready",…}⏎
///     └───────┬──────────┘└──────────────────────┬─────────────────────────────┘│
///       18 bytes: the      all that follows, whose CRC-32C is                   newline: not
///       value is 8 lower-  in the value; begins with `"seq":` and               in the sum
///       case hex digits    ends with the object's closing brace
///
/// - `seq` counts from 1, without gaps. A line whose sum is right and whose `seq` is not the next
///   one was not written here by us: the journal is corrupt.
/// - The raw bytes `{"crc":"` occur at the beginning of a line and nowhere else: inside a JSON
///   string the quotation marks would be escaped, and no nested object has that key. So a damaged
///   line that holds them again has swallowed a neighbour.
/// - A turn of the engine is one `write(2)` of whole lines. A power cut or a kill can therefore
///   leave one unfinished line, at the end: a *torn tail*, which is cut and reported. Damage
///   anywhere else is *corruption*: nothing is cut, and a person decides.
package enum JournalFormat {
    /// The longest line, its newline included.
    ///
    /// The longest that is lawful is far below: an output of 64 KiB, every byte escaped to six.
    package static let lineBytes = 1 << 20

    static let prefix = Array(#"{"crc":""#.utf8)
    /// A line's beginning with the digits still to be filled in.
    static let head = Array(#"{"crc":"00000000","#.utf8)
    static let checksumDigits = 8
    /// The prefix, the digits, a quotation mark and a comma.
    static let headBytes = 18
    static let sequenceKey = Array(#""seq":"#.utf8)
    static let newline = UInt8(ascii: "\n")
}
