internal import CCurl

/// The one multi handle of a curl thread and the transfers that live on it.
///
/// Confined to that thread but for `wakeUp`, which libcurl allows from any (curl_multi_wakeup(3)).
@safe final class CurlMulti {
    private let handle: UnsafeMutableRawPointer
    /// By the address of the easy handle, which is how libcurl names a transfer.
    private var live: [UInt: CurlTransfer] = [:]

    /// - Returns: `nil` when libcurl has no memory or no descriptors.
    init?() {
        guard let handle = unsafe curl_multi_init() else { return nil }
        unsafe self.handle = handle
        // Idle connections are kept for the next request, and no more than can be live.
        let count = CurlLimits.liveTransfers
        unsafe weir_curl_multi_set_long(handle, CURLMOPT_MAXCONNECTS, count)
        unsafe weir_curl_multi_set_long(handle, CURLMOPT_MAX_TOTAL_CONNECTIONS, count)
    }

    deinit {
        for transfer in live.values { unsafe curl_multi_remove_handle(handle, transfer.handle) }
        unsafe curl_multi_cleanup(handle)
    }

    /// What another thread may use to end `wait`.
    var wakeUp: CurlWakeUp { unsafe CurlWakeUp(handle) }

    var liveCount: Int { live.count }

    /// Begins a request, or gives its result at once when it cannot begin.
    func start(_ request: CurlRequest, completion: @escaping @Sendable (CurlResult) -> Void) {
        guard let transfer = CurlTransfer(body: request.body ?? [], completion: completion) else {
            completion(.failure(CurlFailure(.other, message: "no memory for a handle")))
            return
        }
        do {
            try transfer.configure(request)
        } catch {
            completion(.failure(error))
            return
        }
        let code = unsafe curl_multi_add_handle(handle, transfer.handle)
        guard code == CURLM_OK else {
            let message = unsafe String(cString: curl_multi_strerror(code))
            completion(.failure(CurlFailure(.other, message: message)))
            return
        }
        unsafe live[UInt(bitPattern: transfer.handle)] = transfer
    }

    /// Does what can be done without waiting, and hands over the results of what is over.
    func step() {
        var running: Int32 = 0
        unsafe curl_multi_perform(handle, &running)
        var left: Int32 = 0
        while let message = unsafe curl_multi_info_read(handle, &left) {
            guard unsafe message.pointee.msg == CURLMSG_DONE,
                let easy = unsafe message.pointee.easy_handle,
                let transfer = live.removeValue(forKey: UInt(bitPattern: easy))
            else { continue }
            // Read first: removing the handle ends the message's life.
            let result = transfer.result(unsafe weir_curl_result(message))
            unsafe curl_multi_remove_handle(handle, easy)
            transfer.completion(result)
        }
    }

    /// Sleeps until a socket, a timeout of libcurl's, `wakeUp` or the end of `limit`.
    func wait(atMost limit: Duration) {
        let (seconds, attoseconds) = max(limit, .zero).components
        let milliseconds =
            min(seconds, 60) * 1_000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        unsafe curl_multi_poll(handle, nil, 0, Int32(clamping: milliseconds), nil)
    }

    /// Ends all that is live, without waiting for anybody.
    func abort() {
        for (_, transfer) in live {
            unsafe curl_multi_remove_handle(handle, transfer.handle)
            let message = "the exporter was shut down before there was an answer"
            transfer.completion(.failure(CurlFailure(.aborted, message: message)))
        }
        live.removeAll()
    }
}

/// The door bell of a sleeping curl thread.
@safe struct CurlWakeUp: Sendable {
    // libcurl documents curl_multi_wakeup as callable from any thread while the handle lives; the
    // mailbox rings it under its lock and forgets it there before the handle goes.
    private nonisolated(unsafe) let handle: UnsafeMutableRawPointer

    fileprivate init(_ handle: UnsafeMutableRawPointer) {
        unsafe self.handle = handle
    }

    func ring() {
        unsafe curl_multi_wakeup(handle)
    }
}
