import Synchronization
import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(10)))
struct CurlLibraryTests {
    @Test func `a library that is missing says which, and what to install`() {
        let failure = #expect(throws: CurlFailure.self) { try CurlLibrary("libnonesuch.so.9") }
        #expect(failure?.message.contains("libnonesuch.so.9") == true)
        #expect(failure?.message.contains("install libcurl 4") == true)
    }

    @Test func `a library that is not libcurl is refused`() {
        #expect(throws: CurlFailure.self) { try CurlLibrary("libc.so.6") }
    }

    @Test func `without it requests fail with the reason, turns go on, and the thread ends`()
        async throws
    {
        let turns = Atomic(0)
        let thread = try CurlThread(
            name: "curl-missing",
            turn: { _ in
                turns.add(1, ordering: .relaxed)
                return nil
            },
            library: { () throws(CurlFailure) in try CurlLibrary("libnonesuch.so.9") }
        )
        for _ in 0..<3 {
            let result = await withCheckedContinuation { continuation in
                let request = CurlRequest(url: "http://127.0.0.1:9/")
                let isTaken = thread.submit(request) { continuation.resume(returning: $0) }
                #expect(isTaken)
            }
            guard case .failure(let failure) = result else {
                Issue.record("\(result)")
                return
            }
            #expect(failure.message.contains("libnonesuch.so.9"))
        }
        #expect(turns.load(ordering: .relaxed) >= 3)
        #expect(thread.shutDown(within: .seconds(5)))
    }
}
