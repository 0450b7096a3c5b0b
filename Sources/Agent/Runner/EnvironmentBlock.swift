import Glibc

/// `NAME=value` strings in the shape `execve` takes: one buffer, NUL-terminated, later names
/// replacing earlier ones.
///
/// A block is copied for every attempt and then told a handful of names: those that `reserve` has
/// announced cost no more than their bytes.
package struct EnvironmentBlock: Sendable {
    private var bytes: [UInt8] = []
    /// Where each variable begins; `absent` for one that is not set.
    private var offsets: [Int] = []
    private var indexByName: [String: Int] = [:]
    private static let absent = -1

    package init() {}

    package init(_ variables: [(name: String, value: String)]) {
        for (name, value) in variables { set(name, value) }
    }

    /// The size that counts against the kernel's limit.
    package var byteCount: Int { bytes.count + offsets.count * MemoryLayout<Int>.size }

    /// Makes room for names that copies of this block will set, or leave out.
    package mutating func reserve(_ names: [String]) {
        for name in names where indexByName[name] == nil {
            indexByName[name] = offsets.count
            offsets.append(Self.absent)
        }
    }

    package mutating func set(_ name: String, _ value: String) {
        if let index = indexByName[name] {
            offsets[index] = bytes.count
        } else {
            indexByName[name] = offsets.count
            offsets.append(bytes.count)
        }
        Self.append(name, to: &bytes)
        bytes.append(UInt8(ascii: "="))
        Self.append(value, to: &bytes)
        bytes.append(0)
    }

    package func value(of name: String) -> String? {
        guard let index = indexByName[name], offsets[index] != Self.absent else { return nil }
        let start = offsets[index] + name.utf8.count + 1
        return String(decoding: bytes[start...].prefix { $0 != 0 }, as: UTF8.self)
    }

    /// A NUL would end the text early; nothing after it could ever arrive.
    private static func append(_ text: String, to bytes: inout [UInt8]) {
        let start = bytes.count
        bytes.append(contentsOf: text.utf8)
        guard let end = bytes[start...].firstIndex(of: 0) else { return }
        bytes.removeSubrange(end...)
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
            append(argument, to: &bytes)
            bytes.append(0)
        }
        return unsafe withPointers(bytes, offsets, body)
    }

    private static func withPointers<Value>(
        _ bytes: [UInt8],
        _ offsets: [Int],
        _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Value
    ) -> Value {
        unsafe bytes.withUnsafeBytes { buffer in
            // `execve` takes pointers to what it does not write to.
            let base = unsafe buffer.baseAddress.map {
                unsafe UnsafeMutableRawPointer(mutating: $0).assumingMemoryBound(to: CChar.self)
            }
            var pointers: [UnsafeMutablePointer<CChar>?] = unsafe []
            unsafe pointers.reserveCapacity(offsets.count + 1)
            if let base = unsafe base {
                for offset in offsets where offset != absent {
                    unsafe pointers.append(base + offset)
                }
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
