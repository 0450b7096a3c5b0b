import Pipeline
import Transport

/// An agent under a service manager.
extension AgentProcess {
    /// Tells the manager that the agent listens, and how it fares from now on.
    ///
    /// - Parameters:
    ///   - notifier: Who tells; without a manager it costs nothing.
    ///   - status: What `systemctl status` shows, as `statusText` has it.
    package func report(to notifier: ServiceNotifier, status: String) {
        notifier.ready(status: status)
        notifier.begin { [weak server, weak notifier, health, desk] interval in
            server?.repeats(every: interval) { [weak notifier] in
                // What `/livez` fails by; that the loop turns is shown by our being called.
                let fault = health.liveness().first { $0.fault != nil }
                let text = fault.map { "\($0.name) \($0.fault ?? "")" }
                notifier?.beat(fault: text, runs: desk.host.active.count)
            }
        }
    }

    /// What is due next: `hello at 06:00:00Z`; `nil` when nothing is.
    package var nextDueText: String? {
        scheduler.standing.nextDue.min { ($0.value, $0.key) < ($1.value, $1.key) }
            .map { "\($0.key) at \(RunClockText.instant($0.value))" }
    }

    /// Tells the manager that the agent ends; with `drain`.
    package func reportEnd(to notifier: ServiceNotifier) {
        notifier.stopping(runs: desk.host.active.count)
    }

    /// What is served, in a line for people.
    ///
    /// - Parameter next: What is due next, as `nextDueText` has it; `nil` when nothing is.
    /// - Returns: Without the service's name, which a manager shows anyway.
    package func statusText(next: String? = nil) -> String {
        let pipelines = desk.pipelines
        var parts = ["serves \(count(pipelines.names.count, "pipeline"))"]
        if !pipelines.faults.isEmpty {
            parts.append("\(count(pipelines.faults.count, "file")) not served")
        }
        if let next { parts.append("next: \(next)") }
        return parts.joined(separator: "; ")
    }

    private func count(_ number: Int, _ noun: String) -> String {
        number == 1 ? "1 \(noun)" : "\(number) \(noun)s"
    }
}
