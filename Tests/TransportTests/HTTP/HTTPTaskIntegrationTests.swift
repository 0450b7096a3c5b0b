import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Transport

/// Handlers that are tasks: executed by the server's own thread, and ended with their client.
@Suite(.timeLimit(.minutes(10)))
struct HTTPTaskIntegrationTests {
    /// A door that opens once; whoever came before waits without a thread.
    private final class Gate: Sendable {
        private enum State {
            case shut([CheckedContinuation<Void, Never>])
            case open
        }

        private let state = Mutex(State.shut([]))
        let arrivals: EventDescriptor
        let cancelled: EventDescriptor

        init() throws {
            guard let arrivals = EventDescriptor(), let cancelled = EventDescriptor() else {
                throw SystemError("eventfd")
            }
            (self.arrivals, self.cancelled) = (arrivals, cancelled)
        }

        func pass() async {
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let isOpen = state.withLock { state in
                        guard case .shut(let waiting) = state else { return true }
                        state = .shut(waiting + [continuation])
                        return false
                    }
                    if isOpen { continuation.resume() }
                    arrivals.signal()
                }
            } onCancel: {
                cancelled.signal()
                open()
            }
        }

        func open() {
            let waiting: [CheckedContinuation<Void, Never>] = state.withLock { state in
                defer { state = .open }
                guard case .shut(let waiting) = state else { return [] }
                return waiting
            }
            for continuation in waiting { continuation.resume() }
        }
    }

    private static var threadName: String {
        let file = open("/proc/thread-self/comm", O_RDONLY | O_CLOEXEC)
        defer { close(file) }
        var name = [UInt8](repeating: 0, count: 16)
        let count = read(file, &name, name.count)
        return String(decoding: name.prefix(max(0, count - 1)), as: UTF8.self)
    }

    private func server(
        limits: HTTPLimits = HTTPLimits(),
        _ body: @escaping @Sendable () async -> HTTPResponse
    ) throws -> (HTTPServer, UInt16) {
        let server = try HTTPServer(
            listen: [try #require(SocketAddress("127.0.0.1:0"))],
            limits: limits,
            handler: { request in
                request.path == "/hello" ? .now(.text("hello")) : .task(body)
            }
        )
        let port = server.addresses[0].description.split(separator: ":").last
        return (server, try #require(port.flatMap { UInt16($0) }))
    }

    @Test func `a task runs on the server's thread, before it waits and after`() throws {
        let gate = try Gate()
        let (server, port) = try server {
            let before = Self.threadName
            await gate.pass()
            async let nested = Self.threadName
            return .text("\(before) \(Self.threadName) \(await nested)")
        }
        let client = try HTTPTestClient(port: port)
        client.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        try #require(gate.arrivals.wait(atMost: .seconds(20)))
        // While it waits, others are served.
        #expect(try HTTPTestClient(port: port).get("/hello").body == "hello")
        gate.open()
        #expect(try client.answer().body == "weir-http weir-http weir-http")
        #expect(server.stop(within: .zero))
    }

    @Test func `a task that takes too long is cancelled`() throws {
        let gate = try Gate()
        var limits = HTTPLimits()
        limits.replyTimeout = .milliseconds(100)
        let (server, port) = try server(limits: limits) {
            await gate.pass()
            return .text("late")
        }
        #expect(try HTTPTestClient(port: port).get("/").status == 503)
        #expect(gate.cancelled.wait(atMost: .seconds(20)))
        #expect(server.stop(within: .seconds(20)))
    }

    @Test func `a task whose server stops is cancelled, and comes to its end`() throws {
        let gate = try Gate()
        let end = try #require(EventDescriptor())
        let (server, port) = try server {
            await gate.pass()
            end.signal()
            return .text("nobody waits")
        }
        let client = try HTTPTestClient(port: port)
        client.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        try #require(gate.arrivals.wait(atMost: .seconds(20)))
        #expect(server.stop(within: .zero))
        #expect(gate.cancelled.wait(atMost: .seconds(20)))
        #expect(end.wait(atMost: .seconds(20)))
    }

    @Test func `many tasks at once are all answered`() throws {
        let gate = try Gate()
        let (server, port) = try server {
            await gate.pass()
            return .text("done")
        }
        let clients = try (0..<200).map { _ in try HTTPTestClient(port: port) }
        for client in clients { client.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n") }
        try #require(gate.arrivals.wait(atMost: .seconds(20)))
        gate.open()
        for client in clients { #expect(try client.answer().body == "done") }
        #expect(server.stop(within: .zero))
    }
}
