/// By how much a slot's run is put off, so that not all start at once.
package enum SlotJitter {
    /// The same pipeline and slot always give the same offset; slots of one pipeline differ.
    ///
    /// SHA-256 over the name, a zero byte and the slot's nanoseconds, most significant byte first,
    /// of which the first eight bytes are scaled.
    ///
    /// - Parameters:
    ///   - pipeline: The pipeline's name.
    ///   - slot: The slot that is put off.
    ///   - limit: More than any offset.
    /// - Returns: From zero up to, but not including, the limit; zero if that is not above zero.
    package static func offset(
        pipeline: String,
        slot: Timestamp,
        within limit: Duration
    ) -> Duration {
        var hash = SHA256()
        hash.update(pipeline)
        hash.update([0])
        hash.update(bigEndian: UInt64(bitPattern: slot.nanoseconds))
        let nanoseconds = UInt64(max(0, limit.wholeNanoseconds))
        let scaled = hash.digest().leading(0).multipliedFullWidth(by: nanoseconds).high
        return .nanoseconds(Int64(scaled))
    }
}
