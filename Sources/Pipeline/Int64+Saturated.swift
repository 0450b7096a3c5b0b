extension Int64 {
    /// The sum, or the end of the range that it lies beyond.
    ///
    /// Public, since the compiler inlines nothing into another module that is `package`.
    @inlinable
    public func addingSaturated(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }
}
