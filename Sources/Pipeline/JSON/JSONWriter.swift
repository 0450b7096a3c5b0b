/// Appends JSON to a byte buffer that its owner may reuse: no tree, no intermediate strings.
///
/// Commas are placed by the writer. The caller opens and closes what it writes; a key outside an
/// object or an unbalanced end is a mistake of ours and not checked on the hot path.
package struct JSONWriter: Sendable {
    // Not private, so that another target can inline `append`: what its closure takes along would
    // else be copied.
    package var bytes: [UInt8] = []
    /// True when the next key or element needs a comma before it.
    private var needsComma = false

    package init() {}

    package init(reserving capacity: Int) {
        bytes.reserveCapacity(capacity)
    }

    package var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Forgets the content and keeps the memory.
    package mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        needsComma = false
    }

    /// Forgets all but the first `count` bytes: takes back what did not fit.
    package mutating func truncate(to count: Int) {
        bytes.removeLast(max(0, bytes.count - max(0, count)))
        needsComma = false
    }

    /// Gives the content away and goes on, empty, in the memory of `spare`.
    package mutating func exchange(_ spare: consuming [UInt8]) -> [UInt8] {
        let content = bytes
        bytes = spare
        removeAll()
        return content
    }

    package mutating func beginObject() { open(UInt8(ascii: "{")) }
    package mutating func endObject() { close(UInt8(ascii: "}")) }
    package mutating func beginArray() { open(UInt8(ascii: "[")) }
    package mutating func endArray() { close(UInt8(ascii: "]")) }

    package mutating func key(_ name: StaticString) {
        let text = unsafe UnsafeBufferPointer(
            start: name.utf8Start,
            count: name.utf8CodeUnitCount
        )
        let needsComma = needsComma
        // One growth for all four parts: keys are half of what is written.
        bytes.append(addingCapacity: text.count + 4) { (span: inout OutputSpan<UInt8>) in
            if needsComma { span.append(UInt8(ascii: ",")) }
            span.append(UInt8(ascii: "\""))
            for position in 0..<text.count { span.append(unsafe text[position]) }
            span.append(UInt8(ascii: "\""))
            span.append(UInt8(ascii: ":"))
        }
        self.needsComma = false
    }

    package mutating func key(_ name: String) {
        separate()
        quote(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    package mutating func string(_ value: String) {
        separate()
        quote(value)
    }

    /// A 64-bit integer as a JSON number.
    package mutating func integer(_ value: some BinaryInteger) {
        integer(Int64(clamping: value))
    }

    package mutating func integer(_ value: Int64) {
        separate()
        append { $0.decimal(value) }
    }

    /// Most integers are of these two types: a generic call from another target is not specialised.
    package mutating func integer(_ value: Int) {
        integer(Int64(value))
    }

    /// A 64-bit integer as a decimal string (proto3 JSON's form of `int64` and `fixed64`).
    package mutating func integerString(_ value: some BinaryInteger) {
        integerString(Int64(clamping: value))
    }

    package mutating func integerString(_ value: Int64) {
        separate()
        append { cursor in
            cursor.byte(UInt8(ascii: "\""))
            cursor.decimal(value)
            cursor.byte(UInt8(ascii: "\""))
        }
    }

    /// NaN and the infinities, which JSON lacks, become proto3 JSON's strings.
    package mutating func double(_ value: Double) {
        separate()
        append { $0.double(value) }
    }

    package mutating func boolean(_ value: Bool) {
        separate()
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
    }

    package mutating func null() {
        separate()
        bytes.append(contentsOf: "null".utf8)
    }

    /// Appends what is already JSON.
    package mutating func raw(_ json: some Sequence<UInt8>) {
        separate()
        bytes.append(contentsOf: json)
    }

    /// Appends a part of a document as it stands, commas included, for shapes that repeat.
    ///
    /// A value that follows it gets no comma.
    package mutating func piece(_ json: StaticString) {
        unsafe bytes.append(
            contentsOf: UnsafeBufferPointer(start: json.utf8Start, count: json.utf8CodeUnitCount)
        )
        needsComma = false
    }

    package mutating func piece(_ json: [UInt8]) {
        bytes.append(contentsOf: json)
        needsComma = false
    }

    package mutating func piece(_ json: ArraySlice<UInt8>) {
        bytes.append(contentsOf: json)
        needsComma = false
    }

    /// The characters of a string, escaped, without its quotation marks.
    package mutating func characters(_ value: String) {
        append { $0.characters(value) }
    }

    /// The digits of an integer and nothing else.
    package mutating func decimal(_ value: Int64) {
        append { $0.decimal(value) }
    }

    /// Sixteen lower-case hexadecimal digits, without quotation marks.
    package mutating func hexadecimal(_ value: UInt64) {
        append { $0.hexadecimal(value) }
    }

    /// A number of nanoseconds as a number of seconds, in all its decimals.
    package mutating func seconds(nanoseconds: Int64) {
        separate()
        append { $0.seconds(nanoseconds: nanoseconds) }
    }

    /// Appends what `body` writes, as it stands, with one look for room.
    ///
    /// The writer places no commas in it, and forgets none that is due after it.
    ///
    /// - Parameter body: Called a second time, with room enough, if the first room was too small;
    ///   it must write the same again.
    package mutating func append(_ body: (inout JSONCursor) -> Void) {
        var needed = 0
        repeat {
            let room = max(needed, bytes.capacity - bytes.count)
            needed = 0
            bytes.append(addingCapacity: room) { (free: inout OutputSpan<UInt8>) in
                // What the cursor counts beyond the memory it did not write.
                unsafe free.withUnsafeMutableBufferPointer { memory, count in
                    var cursor = unsafe JSONCursor(memory)
                    body(&cursor)
                    if cursor.isWhole {
                        count = cursor.count
                    } else {
                        needed = cursor.count + JSONCursor.slack
                    }
                }
            }
        } while needed > 0
    }

    private mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func quote(_ value: String) {
        append { cursor in
            cursor.byte(UInt8(ascii: "\""))
            cursor.characters(value)
            cursor.byte(UInt8(ascii: "\""))
        }
    }
}
