package import Pipeline
import Synchronization
package import Telemetry
package import Transport

/// The collector of this process's children: takes what they send over OTLP/HTTP on 127.0.0.1, and
/// says 200 when it is durable in the folder of their run.
///
/// Two threads of its own: `weir-receive` serves and never waits, `weir-received` writes. No engine
/// waits for either.
package final class Receiver: Sendable {
    private let server: HTTPServer
    private let writer: ReceivedWriter
    private let desk: Desk

    /// What the server's thread and the runs share.
    private final class Desk: Sendable {
        let tokens = AttemptTokens()
        let counts = ReceiverCounts()
        let state = Mutex(State())

        struct State {
            var runs: [Int: RunReception] = [:]
            var last = 0
        }
    }

    /// Listens on a free port.
    ///
    /// - Parameters:
    ///   - signals: Those that are sent on; others are told that nobody wants them.
    ///   - queuedBytes: Of bodies that may wait for the disk.
    ///   - now: The wall clock.
    /// - Throws: When the system has no port, descriptor or thread to give.
    package init(
        signals: Set<OTLPSignal> = Set(OTLPSignal.allCases),
        queuedBytes: Int = ReceivedLimits.queuedBytes,
        now: @escaping @Sendable () -> Timestamp = { RunClock.wallNow }
    ) throws(SystemError) {
        guard let address = SocketAddress("127.0.0.1:0") else { throw SystemError("address") }
        let desk = Desk()
        self.desk = desk
        writer = try ReceivedWriter(queuedBytes: queuedBytes)
        let endpoint = ReceiverEndpoint(signals: signals, now: now) { token in
            guard let claim = desk.tokens.claim(of: token),
                let run = desk.state.withLock({ $0.runs[claim.run] }),
                let attempt = run.attempt(of: claim)
            else { return nil }
            return (run, attempt)
        }
        server = try HTTPServer(
            listen: [address],
            limits: Self.limits,
            threadName: "weir-receive",
            handler: endpoint.reply
        )
    }

    private static let limits: HTTPLimits = {
        var limits = HTTPLimits()
        limits.bodyBytes = ReceivedLimits.bodyBytes
        limits.connections = ReceivedLimits.connections
        limits.heldBytes = 2 * ReceivedLimits.queuedBytes
        // An SDK gives up after 10 s.
        limits.replyTimeout = .seconds(30)
        return limits
    }()

    /// `http://127.0.0.1:PORT`.
    package var endpoint: String { "http://\(server.addresses[0])" }

    package var statistics: ReceiverStatistics { desk.counts.snapshot }

    /// Takes what a run's children send, until its `close`.
    ///
    /// - Parameters:
    ///   - folder: The run's, whose lock this process has.
    ///   - plan: Whose steps they are.
    ///   - mask: What is taken out of what they send.
    /// - Returns: The run's part.
    package func open(_ folder: RunFolder, _ plan: Plan, mask: SecretMask) -> RunReception {
        let number = desk.state.withLock { state in
            state.last += 1
            return state.last
        }
        let children = ChildTelemetry(
            base: endpoint + "/c/",
            desk.tokens,
            number,
            of: folder.id,
            pipeline: plan.name
        )
        let run = RunReception(
            folder,
            steps: plan.steps.map(\.name),
            mask: mask,
            children: children,
            writer,
            desk.counts
        ) { [weak desk] in
            desk?.state.withLock { $0.runs[number] = nil }
        }
        desk.state.withLock { $0.runs[number] = run }
        return run
    }

    /// Ends the threads, when every run has closed.
    package func stop() {
        server.stop(within: .milliseconds(100))
        writer.stop()
    }
}
