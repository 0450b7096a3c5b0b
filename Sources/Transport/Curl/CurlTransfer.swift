internal import CCurl
internal import Glibc

/// One live request: the easy handle and all the memory that libcurl looks at while it runs.
///
/// Confined to the curl thread; never `Sendable`.
@safe final class CurlTransfer {
    let handle: UnsafeMutableRawPointer
    private let library: CurlLibrary
    let completion: @Sendable (CurlResult) -> Void
    /// What is posted: libcurl takes it piece by piece into its own buffer, so it stands once.
    private var body: [UInt8]
    /// How much of it libcurl has taken.
    private var taken = 0
    private let errorText: UnsafeMutableBufferPointer<CChar>
    private var headers: UnsafeMutablePointer<curl_slist>?
    private var answer: CurlAnswer

    /// - Returns: `nil` when libcurl has no memory for a handle.
    init?(
        _ library: CurlLibrary,
        body bytes: [UInt8],
        answerBytes: Int? = nil,
        completion: @escaping @Sendable (CurlResult) -> Void
    ) {
        guard let handle = unsafe weir_curl_easy_init(library.functions) else { return nil }
        self.library = library
        unsafe self.handle = handle
        self.completion = completion
        body = bytes
        answer = CurlAnswer(limit: answerBytes)
        unsafe errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe errorText.initialize(repeating: 0)
    }

    deinit {
        unsafe weir_curl_easy_cleanup(library.functions, handle)
        unsafe weir_curl_slist_free_all(library.functions, headers)
        unsafe errorText.deallocate()
    }

    /// Sets every option of `request` and of the house (design §3, §5).
    ///
    /// - Throws: what libcurl refuses, as a failure of the request.
    func configure(_ request: CurlRequest) throws(CurlFailure) {
        try unsafe set(CURLOPT_ERRORBUFFER, errorText.baseAddress)
        try set(CURLOPT_URL, request.url)
        // Without it libcurl ends a slow name lookup by SIGALRM and longjmp, in any thread.
        try set(CURLOPT_NOSIGNAL, 1)
        // A lookup that hangs must not hold up the end of the thread.
        try set(CURLOPT_QUICK_EXIT, 1)
        try set(CURLOPT_FOLLOWLOCATION, 0)
        try set(CURLOPT_PROTOCOLS_STR, "http,https")
        try set(CURLOPT_TIMEOUT_MS, milliseconds(request.timeout))
        try set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds(request.connectTimeout))
        // Variables such as http_proxy hold for other machines: nobody's proxy reaches our own.
        if isLoopback(request.url) { try set(CURLOPT_PROXY, "") }
        if let path = request.unixSocket {
            try set(CURLOPT_UNIX_SOCKET_PATH, path)
            try set(CURLOPT_PROXY, "")
        }
        try setTLS(request.tls)
        try setHeaders(request)
        try setBody(request)
        try setSinks()
    }

    /// Lets go of the body, once libcurl says that the transfer is over: its owner may want the memory.
    func releaseBody() { body = [] }

    /// The answer, or why there is none, once libcurl says that the transfer is over.
    func result(_ code: CURLcode) -> CurlResult {
        guard code == CURLE_OK else { return .failure(failure(code)) }
        var status = 0
        var wait: curl_off_t = 0
        unsafe weir_curl_get_long(library.functions, handle, CURLINFO_RESPONSE_CODE, &status)
        // libcurl reads both forms of Retry-After; a date in the past may come out below zero.
        unsafe weir_curl_get_offset(library.functions, handle, CURLINFO_RETRY_AFTER, &wait)
        let retryAfter = wait > 0 ? min(.seconds(Int64(wait)), CurlLimits.retryAfter) : nil
        return .response(
            CurlResponse(
                status: status,
                retryAfter: retryAfter,
                body: answer.kept,
                bodyLength: answer.bodyBytes
            )
        )
    }

    private func failure(_ code: CURLcode) -> CurlFailure {
        var systemError = 0
        unsafe weir_curl_get_long(library.functions, handle, CURLINFO_OS_ERRNO, &systemError)
        let kind =
            answer.isTooLarge
            ? .tooLarge : CurlFailure.Kind(code, systemError: Int32(clamping: systemError))
        let detail = String(
            decoding: unsafe errorText.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)),
            as: UTF8.self
        )
        var status = 0
        unsafe weir_curl_get_long(library.functions, handle, CURLINFO_RESPONSE_CODE, &status)
        return CurlFailure(
            kind,
            code: Int32(clamping: code.rawValue),
            status: kind == .tooLarge ? status : 0,
            message: detail.isEmpty
                ? unsafe String(cString: weir_curl_easy_strerror(library.functions, code)) : detail
        )
    }
}

// MARK: - Options

extension CurlTransfer {
    /// Whether libcurl, which reads the URL, will speak to this machine.
    private func isLoopback(_ url: String) -> Bool {
        let curl = unsafe library.functions
        guard let parts = unsafe weir_curl_url(curl) else { return false }
        defer { unsafe weir_curl_url_cleanup(curl, parts) }
        var found: UnsafeMutablePointer<CChar>?
        guard unsafe weir_curl_url_set(curl, parts, CURLUPART_URL, url) == CURLUE_OK,
            unsafe weir_curl_url_get(curl, parts, CURLUPART_HOST, &found) == CURLUE_OK,
            let found = unsafe found
        else { return false }
        defer { unsafe weir_curl_free(curl, found) }
        let host = unsafe String(cString: found).lowercased()
        let isAddress = host.utf8.allSatisfy { $0 < 0x3A }
        return host == "localhost" || host == "[::1]" || isAddress && host.hasPrefix("127.")
    }

    private func setTLS(_ tls: CurlTLS) throws(CurlFailure) {
        if let file = tls.authorityFile { try set(CURLOPT_CAINFO, file) }
        if let file = tls.certificateFile { try set(CURLOPT_SSLCERT, file) }
        if let file = tls.keyFile { try set(CURLOPT_SSLKEY, file) }
    }

    private func setHeaders(_ request: CurlRequest) throws(CurlFailure) {
        // One byte over 1 MiB and libcurl would wait a second for `100 Continue` (RFC 9110 §10.1.1).
        try append(header: "Expect:")
        for header in request.headers {
            guard header.isWellFormed else {
                // Without the value: it may be a credential.
                throw CurlFailure(.request, message: "header \(header.name) is not valid")
            }
            // libcurl's own form of a header without a value.
            try append(
                header: header.value.isEmpty
                    ? "\(header.name);" : "\(header.name): \(header.value)"
            )
        }
        try unsafe set(CURLOPT_HTTPHEADER, headers)
    }

    private func append(header line: String) throws(CurlFailure) {
        guard let longer = unsafe weir_curl_slist_append(library.functions, headers, line) else {
            throw CurlFailure(.other, message: "no memory for a header")
        }
        unsafe headers = longer
    }

    private func setBody(_ request: CurlRequest) throws(CurlFailure) {
        guard request.body != nil else { return }
        try set(CURLOPT_POST, 1)
        try check(
            unsafe weir_curl_set_offset(
                library.functions,
                handle,
                CURLOPT_POSTFIELDSIZE_LARGE,
                curl_off_t(clamping: body.count)
            )
        )
        try unsafe call(CURLOPT_READFUNCTION, CURLOPT_READDATA) { data, size, count, context in
            unsafe CurlTransfer.of(context)?.give(to: data, atMost: size &* count) ?? 0
        }
        // A connection that was kept open may turn out to be closed: then it begins anew.
        try check(
            unsafe weir_curl_set_seek(library.functions, handle, CURLOPT_SEEKFUNCTION) {
                context,
                offset,
                origin in
                unsafe CurlTransfer.of(context)?.seek(to: offset, origin) ?? CURL_SEEKFUNC_FAIL
            }
        )
        try unsafe set(CURLOPT_SEEKDATA, context)
        // As few system calls as the kernel has room for.
        let buffer = min(max(body.count, 16 << 10), CurlLimits.uploadBuffer)
        try set(CURLOPT_UPLOAD_BUFFERSIZE, buffer)
    }

    /// - Returns: The bytes given; none is the end.
    private func give(to place: UnsafeMutablePointer<CChar>?, atMost room: Int) -> Int {
        let count = min(room, body.count - taken)
        guard let place = unsafe place, count > 0 else { return 0 }
        unsafe body.withUnsafeBytes { bytes in
            let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[taken..<taken + count])
            unsafe UnsafeMutableRawBufferPointer(start: place, count: count).copyMemory(from: rest)
        }
        taken += count
        return count
    }

    private func seek(to offset: curl_off_t, _ origin: Int32) -> Int32 {
        guard origin == SEEK_SET, let place = Int(exactly: offset), 0...body.count ~= place else {
            return CURL_SEEKFUNC_CANTSEEK
        }
        taken = place
        return CURL_SEEKFUNC_OK
    }

    private func setSinks() throws(CurlFailure) {
        try unsafe call(CURLOPT_WRITEFUNCTION, CURLOPT_WRITEDATA) { data, size, count, context in
            unsafe CurlTransfer.receive(data, size &* count, context) { unsafe $0.body($1) }
        }
        try unsafe call(CURLOPT_HEADERFUNCTION, CURLOPT_HEADERDATA) { data, size, count, context in
            unsafe CurlTransfer.receive(data, size &* count, context) { unsafe $0.header($1) }
        }
    }

    /// What libcurl gives back when it calls: it does so only while the thread steps it, and the
    /// handle never outlives `self`.
    private var context: UnsafeMutableRawPointer {
        unsafe UnsafeMutableRawPointer(Unmanaged.passUnretained(self).toOpaque())
    }

    private func call(
        _ option: CURLoption,
        _ data: CURLoption,
        _ function: weir_curl_sink
    ) throws(CurlFailure) {
        try check(unsafe weir_curl_set_sink(library.functions, handle, option, function))
        try unsafe set(data, context)
    }

    /// - Returns: The bytes taken; fewer than given make libcurl abort the transfer.
    private static func receive(
        _ data: UnsafeMutablePointer<CChar>?,
        _ count: Int,
        _ context: UnsafeMutableRawPointer?,
        _ take: (inout CurlAnswer, UnsafeRawBufferPointer) -> Bool
    ) -> Int {
        guard let transfer = unsafe CurlTransfer.of(context) else { return 0 }
        let bytes = unsafe UnsafeRawBufferPointer(start: data, count: count)
        return unsafe take(&transfer.answer, bytes) ? count : 0
    }

    private static func of(_ context: UnsafeMutableRawPointer?) -> CurlTransfer? {
        guard let context = unsafe context else { return nil }
        return unsafe Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
    }

    private func set(_ option: CURLoption, _ value: Int) throws(CurlFailure) {
        try check(unsafe weir_curl_set_long(library.functions, handle, option, value))
    }

    private func set(_ option: CURLoption, _ value: String) throws(CurlFailure) {
        // A zero byte would cut the text short: another host, another file.
        guard !value.utf8.contains(0) else {
            throw CurlFailure(.request, message: "a zero byte in the URL or a file name")
        }
        try check(unsafe weir_curl_set_text(library.functions, handle, option, value))
    }

    private func set(
        _ option: CURLoption,
        _ value: UnsafeMutableRawPointer?
    ) throws(CurlFailure) {
        try check(unsafe weir_curl_set_pointer(library.functions, handle, option, value))
    }

    private func check(_ code: CURLcode) throws(CurlFailure) {
        guard code == CURLE_OK else {
            let message = unsafe String(cString: weir_curl_easy_strerror(library.functions, code))
            throw CurlFailure(.request, code: Int32(clamping: code.rawValue), message: message)
        }
    }

    private func milliseconds(_ duration: Duration) -> Int {
        guard duration > .zero else { return 0 }
        let (seconds, attoseconds) = duration.components
        let whole = min(seconds, Int64(Int32.max) / 1_000) * 1_000
        // Never rounded down to 0, which would mean no limit.
        return max(1, Int(whole + attoseconds / 1_000_000_000_000_000))
    }
}
