import Pipeline

/// A digest over texts of any length, keyed (HMAC-SHA-256, RFC 2104): from it nobody without the
/// key can find out, or try out, what was in it.
struct CacheHash: Sendable {
    private var inner = SHA256()
    /// Begun with the key, so that one who keeps a hash does not begin anew with each text.
    private var outer = SHA256()
    private static let blockBytes = 64

    /// - Parameter key: At most a block; 32 random bytes.
    init(key: [UInt8]) {
        precondition(key.count <= Self.blockBytes)
        let block = key + [UInt8](repeating: 0, count: Self.blockBytes - key.count)
        inner.update(block.map { $0 ^ 0x36 })
        outer.update(block.map { $0 ^ 0x5C })
    }

    /// The plain HMAC of `bytes`.
    static func digest(of bytes: [UInt8], key: [UInt8]) -> SHA256Digest {
        var hash = CacheHash(key: key)
        hash.inner.update(bytes)
        return hash.digest
    }

    /// Adds a text, and where it ends: "ab", "c" is not "a", "bc".
    mutating func add(_ text: String) {
        inner.update(bigEndian: UInt64(text.utf8.count))
        inner.update(text)
    }

    mutating func add(_ number: Int) {
        inner.update(bigEndian: UInt64(bitPattern: Int64(number)))
    }

    var digest: SHA256Digest {
        var outer = outer
        let digest = inner.digest()
        for word in 0..<4 { outer.update(bigEndian: digest.leading(word)) }
        return outer.digest()
    }
}
