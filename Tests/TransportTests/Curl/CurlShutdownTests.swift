import Synchronization
import TestSupport
import Testing
import Transport

@Suite(.timeLimit(.minutes(10)))
struct CurlShutdownTests {
    @Test func `what hangs is aborted at the deadline and every caller is told`() throws {
        let collector = try LoopbackCollector(script: "hang")
        let thread = try CurlThread(name: "curl-test")
        let kinds = Mutex<[CurlFailure.Kind]>([])
        for _ in 0..<6 {
            let isTaken = thread.submit(.post(to: collector)) { result in
                if case .failure(let failure) = result {
                    kinds.withLock { $0.append(failure.kind) }
                }
            }
            #expect(isTaken)
        }
        let start = ContinuousClock.now
        #expect(thread.shutDown(within: .milliseconds(200)))
        let took = ContinuousClock.now - start
        #expect(took >= .milliseconds(200) && took < .seconds(25), "\(took)")
        #expect(kinds.withLock { $0 } == Array(repeating: .aborted, count: 6))
    }

    @Test func `without work it ends at once, whatever the deadline`() throws {
        let thread = try CurlThread(name: "curl-test")
        let start = ContinuousClock.now
        #expect(thread.shutDown(within: .seconds(300)))
        #expect(ContinuousClock.now - start < .seconds(100))
    }

    @Test func `what is live when it is asked to end may still end well`() throws {
        let collector = try LoopbackCollector(script: "slow:0.3")
        let thread = try CurlThread(name: "curl-test")
        let status = Atomic<Int>(0)
        let isTaken = thread.submit(.post(to: collector)) { result in
            if case .response(let response) = result {
                status.store(response.status, ordering: .relaxed)
            }
        }
        #expect(isTaken)
        #expect(thread.shutDown(within: .seconds(20)))
        #expect(status.load(ordering: .relaxed) == 200)
    }

    @Test func `afterwards requests are refused and a second shutdown is harmless`() throws {
        let thread = try CurlThread(name: "curl-test")
        #expect(thread.shutDown(within: .zero))
        #expect(!thread.submit(CurlRequest(url: "http://127.0.0.1:1/")) { _ in })
        thread.wake()
        #expect(thread.shutDown(within: .zero))
    }

    @Test func `no call waits for a server that hangs`() throws {
        let collector = try LoopbackCollector(script: "hang")
        let thread = try CurlThread(name: "curl-test")
        let start = ContinuousClock.now
        for _ in 0..<1_000 {
            _ = thread.submit(.post(to: collector)) { _ in }
            thread.wake()
        }
        #expect(ContinuousClock.now - start < .seconds(25))
        thread.shutDown(within: .zero)
    }

    @Test func `the turn is taken when woken and again when it asked for`() throws {
        let turns = Atomic<Int>(0)
        let enough = try #require(EventDescriptor())
        let thread = try CurlThread(name: "curl-test") { _ in
            if turns.add(1, ordering: .relaxed).newValue >= 5 { enough.signal() }
            return .now + .milliseconds(5)
        }
        thread.wake()
        #expect(enough.wait(atMost: .seconds(20)))
        thread.shutDown(within: .zero)
    }
}
