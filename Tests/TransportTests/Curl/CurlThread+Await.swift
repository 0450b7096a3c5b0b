import TestSupport
import Transport

extension CurlThread {
    func response(_ request: CurlRequest) async throws -> CurlResponse {
        switch try await result(request) {
        case .response(let response): return response
        case .failure(let failure): throw failure
        }
    }

    func failure(_ request: CurlRequest) async throws -> CurlFailure {
        switch try await result(request) {
        case .response(let response): throw TestSupportError("answered \(response.status)")
        case .failure(let failure): return failure
        }
    }

    private func result(_ request: CurlRequest) async throws -> CurlResult {
        try await withCheckedThrowingContinuation { continuation in
            let isTaken = submit(request) { continuation.resume(returning: $0) }
            if !isTaken { continuation.resume(throwing: TestSupportError("not taken")) }
        }
    }
}

extension CurlRequest {
    static func post(to collector: LoopbackCollector) -> CurlRequest {
        CurlRequest(
            url: collector.endpoint,
            headers: [.init("Content-Type", "application/json")],
            body: Array(#"{"resourceSpans":[]}"#.utf8),
            timeout: .seconds(30)
        )
    }
}
