/// What has come back so far, bounded: the rest is counted and let go.
struct CurlAnswer {
    private(set) var kept: [UInt8] = []
    private(set) var bodyBytes = 0
    private(set) var isTooLarge = false
    private var headerBytes = 0
    private let takenMax: Int
    private let keptMax: Int

    /// - Parameter limit: As `CurlRequest.answerBytes`.
    init(limit: Int? = nil) {
        takenMax = limit ?? CurlLimits.bodyBytes
        keptMax = limit ?? CurlLimits.keptBodyBytes
    }

    /// - Returns: Whether more may come.
    mutating func body(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bodyBytes += bytes.count
        let room = keptMax - kept.count
        if room > 0 { unsafe kept.append(contentsOf: bytes.prefix(room)) }
        if bodyBytes > takenMax { isTooLarge = true }
        return !isTooLarge
    }

    /// - Returns: Whether more may come.
    mutating func header(_ bytes: UnsafeRawBufferPointer) -> Bool {
        headerBytes += bytes.count
        if headerBytes > CurlLimits.headerBytes { isTooLarge = true }
        return !isTooLarge
    }
}
