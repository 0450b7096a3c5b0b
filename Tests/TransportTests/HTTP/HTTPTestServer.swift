import Synchronization
import TestSupport
import Testing
import Transport

/// A server with a few routes, on a port of its own; `/later` is answered by the test.
final class HTTPTestServer: Sendable {
    let server: HTTPServer
    private let waiting: Mailbox

    final class Mailbox: Sendable {
        let responders = Mutex<[HTTPResponder]>([])
        let exchanges = Mutex<[String]>([])
        let bell: EventDescriptor

        init() throws {
            guard let bell = EventDescriptor() else { throw SystemError("eventfd") }
            self.bell = bell
        }
    }

    var address: SocketAddress { server.addresses[0] }
    /// Of every exchange: route and status.
    var exchanges: [String] { waiting.exchanges.withLock(\.self) }

    init(_ address: String = "127.0.0.1:0", limits: HTTPLimits = HTTPLimits()) throws {
        let waiting = try Mailbox()
        self.waiting = waiting
        let router = HTTPRouter([
            HTTPRoute(.get, "/hello") { _, _ in .now(.text("hello")) },
            HTTPRoute(.get, "/large") { _, _ in .now(.text(HTTPTestServer.large)) },
            HTTPRoute(.get, "/drop") { _, _ in .later { _ in } },
            HTTPRoute(.get, "/later") { _, _ in
                .later { responder in
                    waiting.responders.withLock { $0.append(responder) }
                    waiting.bell.signal()
                }
            },
            HTTPRoute(.post, "/echo") { request, _ in
                .now(HTTPResponse(contentType: "text/plain", body: request.body))
            },
        ])
        guard let address = SocketAddress(address) else { throw TestSupportError("address") }
        server = try HTTPServer(
            listen: [address],
            limits: limits,
            onExchange: { exchange in
                let line = "\(exchange.route ?? "-") \(exchange.status)"
                waiting.exchanges.withLock { $0.append(line) }
            },
            handler: router.reply
        )
    }

    /// More than a socket's buffers take.
    static let large = String(repeating: "0123456789abcdef", count: 1 << 20)

    func client(receiveBuffer: Int32? = nil) throws -> HTTPTestClient {
        var text = address.description
        if text.hasPrefix("unix:") {
            text.removeFirst("unix:".count)
            return try HTTPTestClient(path: text, receiveBuffer: receiveBuffer)
        }
        let port = try #require(text.split(separator: ":").last.flatMap { UInt16($0) })
        return try HTTPTestClient(port: port, receiveBuffer: receiveBuffer)
    }

    /// Waits until a request for `/later` has come, and takes its responder.
    func responder() throws -> HTTPResponder {
        while true {
            let taken = waiting.responders.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            if let taken { return taken }
            guard waiting.bell.wait(atMost: .seconds(20)) else {
                throw TestSupportError("no request came")
            }
            waiting.bell.clear()
        }
    }

    /// Looks again after every answer to a request of its own, at most 20 seconds.
    func until(_ condition: (HTTPServerStatistics) -> Bool) throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while !condition(server.statistics) {
            guard ContinuousClock.now < deadline else {
                throw TestSupportError("still \(server.statistics)")
            }
            _ = try? client().get("/hello")
        }
    }
}
