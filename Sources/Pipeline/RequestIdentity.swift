/// Which request a run answers: the key that its sender chose, and what it asked for.
///
/// It is part of the run's first event, so that key and run are remembered or lost together.
package struct RequestIdentity: Hashable, Sendable {
    /// Of the key, which may be anything.
    package var key: RequestDigest
    /// Of all that decides what runs.
    package var content: RequestDigest

    package init(key: RequestDigest, content: RequestDigest) {
        self.key = key
        self.content = content
    }
}

/// The first 128 bits of a SHA-256: enough to tell apart what nobody makes alike on purpose.
package struct RequestDigest: HexIdentifier128 {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    package init(of bytes: [UInt8]) {
        let digest = SHA256Digest(of: bytes)
        self.init(high: digest.leading(0), low: digest.leading(1))
    }
}
