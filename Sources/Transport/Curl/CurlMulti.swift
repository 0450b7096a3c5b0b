internal import CCurl

/// The one multi handle of a curl thread and the transfers that live on it.
///
/// Confined to that thread but for `wakeUp`, which libcurl allows from any (curl_multi_wakeup(3)).
@safe final class CurlMulti {
    private let library: CurlLibrary
    private let handle: UnsafeMutableRawPointer
    /// By the address of the easy handle, which is how libcurl names a transfer.
    private var live: [UInt: CurlTransfer] = [:]

    /// - Returns: `nil` when libcurl has no memory or no descriptors.
    init?(_ library: CurlLibrary, liveTransfers count: Int) {
        guard let handle = unsafe weir_curl_multi_init(library.functions) else { return nil }
        self.library = library
        unsafe self.handle = handle
        // Idle connections are kept for the next request, and no more than can be live.
        unsafe weir_curl_multi_set_long(library.functions, handle, CURLMOPT_MAXCONNECTS, count)
        unsafe weir_curl_multi_set_long(
            library.functions,
            handle,
            CURLMOPT_MAX_TOTAL_CONNECTIONS,
            count
        )
    }

    deinit {
        for transfer in live.values {
            unsafe weir_curl_multi_remove_handle(library.functions, handle, transfer.handle)
        }
        unsafe weir_curl_multi_cleanup(library.functions, handle)
    }

    /// What another thread may use to end `wait`.
    var wakeUp: @Sendable () -> Void {
        let wakeUp = unsafe CurlWakeUp(handle: handle, library: library)
        return { wakeUp.ring() }
    }

    var liveCount: Int { live.count }

    /// Begins a request, or gives its result at once when it cannot begin.
    func start(_ request: CurlRequest, completion: @escaping @Sendable (CurlResult) -> Void) {
        guard
            let transfer = CurlTransfer(
                library,
                body: request.body ?? [],
                answerBytes: request.answerBytes,
                completion: completion
            )
        else {
            completion(.failure(CurlFailure(.other, message: "no memory for a handle")))
            return
        }
        do {
            try transfer.configure(request)
        } catch {
            completion(.failure(error))
            return
        }
        let code = unsafe weir_curl_multi_add_handle(library.functions, handle, transfer.handle)
        guard code == CURLM_OK else {
            let message = unsafe String(cString: weir_curl_multi_strerror(library.functions, code))
            completion(.failure(CurlFailure(.other, message: message)))
            return
        }
        unsafe live[UInt(bitPattern: transfer.handle)] = transfer
    }

    /// Does what can be done without waiting, and hands over the results of what is over.
    func step() {
        var running: Int32 = 0
        unsafe weir_curl_multi_perform(library.functions, handle, &running)
        var left: Int32 = 0
        while let message = unsafe weir_curl_multi_info_read(library.functions, handle, &left) {
            guard unsafe message.pointee.msg == CURLMSG_DONE,
                let easy = unsafe message.pointee.easy_handle,
                let transfer = live.removeValue(forKey: UInt(bitPattern: easy))
            else { continue }
            // Read first: removing the handle ends the message's life.
            let result = transfer.result(unsafe weir_curl_result(message))
            unsafe weir_curl_multi_remove_handle(library.functions, handle, easy)
            transfer.releaseBody()
            transfer.completion(result)
        }
    }

    /// Sleeps until a socket, a timeout of libcurl's, `wakeUp` or the end of `limit`.
    func wait(atMost limit: Duration) {
        let (seconds, attoseconds) = max(limit, .zero).components
        let milliseconds =
            min(seconds, 60) * 1_000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        unsafe weir_curl_multi_poll(library.functions, handle, Int32(clamping: milliseconds))
    }

    /// Ends all that is live, without waiting for anybody.
    func abort() {
        for (_, transfer) in live {
            unsafe weir_curl_multi_remove_handle(library.functions, handle, transfer.handle)
            let message = "the exporter was shut down before there was an answer"
            transfer.completion(.failure(CurlFailure(.aborted, message: message)))
        }
        live.removeAll()
    }
}

/// What ends the sleep of a curl thread.
@safe private struct CurlWakeUp: Sendable {
    // libcurl documents curl_multi_wakeup as callable from any thread while the handle lives; the
    // mailbox rings it under its lock and forgets it there before the handle goes.
    nonisolated(unsafe) let handle: UnsafeMutableRawPointer
    let library: CurlLibrary

    func ring() {
        _ = unsafe weir_curl_multi_wakeup(library.functions, handle)
    }
}
