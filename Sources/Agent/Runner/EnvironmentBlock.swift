import Glibc

/// `NAME=value` strings in the shape `execve` takes: one buffer, NUL-terminated, later names
/// replacing earlier ones.
package struct EnvironmentBlock: Sendable {
    private var bytes: [UInt8] = []
    /// Where each variable begins.
    private var offsets: [Int] = []
    private var indexByName: [String: Int] = [:]

    package init() {}

    package init(_ variables: [(name: String, value: String)]) {
        for (name, value) in variables { set(name, value) }
    }

    /// The size that counts against the kernel's limit.
    package var byteCount: Int { bytes.count + offsets.count * MemoryLayout<Int>.size }

    package mutating func set(_ name: String, _ value: String) {
        if let index = indexByName[name] {
            offsets[index] = bytes.count
        } else {
            indexByName[name] = offsets.count
            offsets.append(bytes.count)
        }
        bytes.append(contentsOf: name.utf8)
        bytes.append(UInt8(ascii: "="))
        // A NUL would end the value early; nothing after it could ever arrive.
        bytes.append(contentsOf: value.utf8.prefix { $0 != 0 })
        bytes.append(0)
    }

    package func value(of name: String) -> String? {
        guard let index = indexByName[name] else { return nil }
        let start = offsets[index] + name.utf8.count + 1
        return String(decoding: bytes[start...].prefix { $0 != 0 }, as: UTF8.self)
    }

    /// Calls `body` with a NULL-terminated array of C strings that lives as long as the call.
    func withPointers<Value>(
        _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Value
    ) -> Value {
        unsafe Self.withPointers(bytes, offsets, body)
    }

    /// The same for plain arguments.
    static func withArguments<Value>(
        _ arguments: [String],
        _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Value
    ) -> Value {
        var bytes: [UInt8] = []
        var offsets: [Int] = []
        for argument in arguments {
            offsets.append(bytes.count)
            bytes.append(contentsOf: argument.utf8.prefix { $0 != 0 })
            bytes.append(0)
        }
        return unsafe withPointers(bytes, offsets, body)
    }

    private static func withPointers<Value>(
        _ bytes: [UInt8],
        _ offsets: [Int],
        _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Value
    ) -> Value {
        var bytes = bytes
        return unsafe bytes.withUnsafeMutableBytes { buffer in
            let base = unsafe buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
            var pointers = unsafe offsets.map { offset in
                unsafe base.map { base in unsafe base + offset }
            }
            unsafe pointers.append(nil)
            return unsafe pointers.withUnsafeMutableBufferPointer { array in
                guard let first = array.baseAddress else {
                    preconditionFailure("an array with a NULL in it is not empty")
                }
                return unsafe body(first)
            }
        }
    }
}
