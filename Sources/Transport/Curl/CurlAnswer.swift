/// What has come back so far, bounded: the rest is counted and let go.
struct CurlAnswer {
    private(set) var kept: [UInt8] = []
    private(set) var bodyBytes = 0
    private(set) var isTooLarge = false
    private var headerBytes = 0

    /// - Returns: Whether more may come.
    mutating func body(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bodyBytes += bytes.count
        let room = CurlLimits.keptBodyBytes - kept.count
        if room > 0 { unsafe kept.append(contentsOf: bytes.prefix(room)) }
        if bodyBytes > CurlLimits.bodyBytes { isTooLarge = true }
        return !isTooLarge
    }

    /// - Returns: Whether more may come.
    mutating func header(_ bytes: UnsafeRawBufferPointer) -> Bool {
        headerBytes += bytes.count
        if headerBytes > CurlLimits.headerBytes { isTooLarge = true }
        return !isTooLarge
    }
}
