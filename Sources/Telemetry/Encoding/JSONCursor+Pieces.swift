import Pipeline

/// The parts of a span that are the same in every one; inlined, which only this target's own code
/// is: most are copied by two instructions.
extension JSONCursor {
    @inline(__always)
    mutating func piece(_ json: StaticString) {
        let length = json.utf8CodeUnitCount
        let start = count
        count += length
        guard count <= capacity, let memory = unsafe memory else { return }
        unsafe (memory + start).update(from: json.utf8Start, count: length)
    }

    @inline(__always)
    mutating func piece(_ json: UnsafeBufferPointer<UInt8>) {
        let start = count
        count += json.count
        guard count <= capacity, let memory = unsafe memory, let source = json.baseAddress else {
            return
        }
        unsafe (memory + start).update(from: source, count: json.count)
    }
}
