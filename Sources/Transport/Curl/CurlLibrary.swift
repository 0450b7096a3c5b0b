internal import CCurl

/// libcurl as it was found on this machine: loaded and set up once, when it is first asked for.
///
/// That takes longer than starting a step does, so only curl threads ask.
@safe final class CurlLibrary: Sendable {
    /// The functions; never written again, never freed.
    nonisolated(unsafe) let functions: UnsafePointer<weir_curl>

    /// What the system's packages call the version that the headers describe.
    static let file = "libcurl.so.4"

    /// The library of this process, or why there is none.
    static let shared = Result { () throws(CurlFailure) in try CurlLibrary(file) }

    /// Loads `file`.
    ///
    /// - Throws: `CurlFailure` with the loader's words and what to install.
    init(_ file: String) throws(CurlFailure) {
        let table = UnsafeMutablePointer<weir_curl>.allocate(capacity: 1)
        unsafe table.initialize(to: weir_curl())
        if let fault = unsafe weir_curl_load(table, file) {
            throw CurlFailure(
                .other,
                message: unsafe "\(String(cString: fault)): install libcurl 4 (Debian: libcurl4)"
            )
        }
        guard unsafe weir_curl_global_init(table) == CURLE_OK else {
            throw CurlFailure(.other, message: "libcurl could not be set up")
        }
        unsafe functions = UnsafePointer(table)
    }
}
