extension String {
    /// Looks at the text's UTF-8 where it stands.
    ///
    /// `withUTF8` asks for a variable, and so for a copy to be counted and let go of. Public, since the
    /// compiler inlines nothing into another module that is `package`.
    @inlinable @inline(__always)
    public func withContiguousUTF8<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result
    {
        // Every text of Swift's own is contiguous.
        if let result = unsafe utf8.withContiguousStorageIfAvailable({ unsafe body($0) }) {
            return result
        }
        return unsafe Array(utf8).withUnsafeBufferPointer { unsafe body($0) }
    }
}
