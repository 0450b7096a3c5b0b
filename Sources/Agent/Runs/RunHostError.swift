package import Transport

/// The host is ending, and begins nothing more.
package struct RunHostClosed: Error, CustomStringConvertible {
    package var description: String { "the agent is shutting down: nothing new is started" }
}

/// So many runs are going on that another would take their descriptors away.
package struct RunHostFull: Error, CustomStringConvertible {
    package let runs: Int

    package var description: String { "\(runs) runs are going on, which is the most: try later" }
}

/// The system has no thread or descriptor for another run: nothing of it was begun.
package struct RunHostExhausted: Error, CustomStringConvertible {
    package let why: SystemError

    package var description: String { "the system has nothing left for another run: \(why)" }
}
