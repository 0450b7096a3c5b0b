import CLinux
import Glibc
import Synchronization
import Transport

/// Tells the service manager how the agent stands (sd_notify(3)); where there is none it does
/// nothing, and has neither thread nor descriptor.
///
/// Its calls may come from any thread; each message is one datagram.
package final class ServiceNotifier: Sendable {
    private struct State {
        var pulse: ServicePulse
        /// Has the endpoint loop beat at this interval from now on.
        var pace: (@Sendable (Duration) -> Void)?
        var hasFailed = false
    }

    /// What of the variables cannot be obeyed, for people.
    package let warnings: [String]
    private let socket: NotifySocket?
    private let state: Mutex<State>
    private let tell: @Sendable (String) -> Void

    /// STATUS is one line of a message, of which systemd takes 4,096 bytes.
    private static let statusBytesMax = 1_000

    /// - Parameters:
    ///   - environment: Of this process: NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID.
    ///   - pid: Of this process.
    ///   - tell: Told, without waiting for it, what a person should know later on.
    package init(
        _ environment: [String: String],
        pid: Int32 = getpid(),
        tell: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        let variables = ServiceVariables(environment, pid: pid)
        var warnings = variables.warnings
        var socket: NotifySocket?
        do throws(SystemError) {
            socket = try variables.socket.map { name throws(SystemError) in try NotifySocket(name) }
        } catch {
            warnings.append("NOTIFY_SOCKET: \(error); nobody is notified")
        }
        self.warnings = warnings
        self.socket = socket
        self.tell = tell
        // A watchdog that cannot be reached is none.
        state = Mutex(State(pulse: ServicePulse(watchdog: socket == nil ? nil : variables.beat)))
    }

    /// All is set up: at the start, and again after every `reloading`.
    package func ready(status: String) {
        sendUnlessEnding("READY=1\n" + Self.line(status))
    }

    /// What `systemctl status` shows.
    package func status(_ text: String) {
        sendUnlessEnding(Self.line(text))
    }

    /// The pipelines are being read anew; `ready` ends it.
    package func reloading() {
        var now = timespec()
        _ = unsafe clock_gettime(CLOCK_MONOTONIC, &now)
        let microseconds = Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1_000
        sendUnlessEnding("RELOADING=1\nMONOTONIC_USEC=\(microseconds)")
    }

    /// The agent is on its way out: from here on nothing else is said but how that goes.
    ///
    /// While runs go on the manager is asked for more time.
    ///
    /// - Parameter runs: How many go on.
    package func stopping(runs: Int) {
        let (isFirst, pace, interval) = state.withLock { state in
            let isFirst = !state.pulse.isEnding
            state.pulse.end()
            return (isFirst, state.pace, state.pulse.interval)
        }
        guard isFirst, socket != nil else { return }
        let rest =
            runs > 0
            ? ServicePulse.extending(runs) : [Self.line(ServicePulse.endingStatus(runs))]
        send((["STOPPING=1"] + rest).joined(separator: "\n"))
        if let pace, let interval { pace(interval) }
    }

    /// Keeps the watchdog from now on.
    ///
    /// - Parameter pace: Has the endpoint loop, and nobody else, call `beat` at this interval; not
    ///   called while nobody waits for a sign of life.
    func begin(pace: @escaping @Sendable (Duration) -> Void) {
        guard socket != nil else { return }
        let interval = state.withLock { state in
            state.pace = pace
            return state.pulse.interval
        }
        if let interval { pace(interval) }
    }

    /// - Parameters:
    ///   - fault: Why the agent does not count as alive; `nil` when it does.
    ///   - runs: How many go on.
    func beat(fault: String?, runs: Int) {
        let answer = state.withLock { $0.pulse.beat(fault: fault, runs: runs) }
        if let complaint = answer.complaint { tell(complaint) }
        if let message = answer.message { send(message, mayWait: false) }
    }

    private func sendUnlessEnding(_ message: String) {
        guard socket != nil, !state.withLock({ $0.pulse.isEnding }) else { return }
        send(message)
    }

    private func send(_ message: String, mayWait: Bool = true) {
        do throws(SystemError) {
            try socket?.send(message, mayWait: mayWait)
        } catch {
            // Once: who is not there for one message is not there for the next one either.
            let isFirst = state.withLock { state in
                defer { state.hasFailed = true }
                return !state.hasFailed
            }
            if isFirst { tell("the service manager is not notified: \(error)") }
        }
    }

    private static func line(_ status: String) -> String {
        let text = status.split(whereSeparator: \.isNewline).joined(separator: " ")
        return "STATUS=" + String(decoding: text.utf8.prefix(statusBytesMax), as: UTF8.self)
    }
}
