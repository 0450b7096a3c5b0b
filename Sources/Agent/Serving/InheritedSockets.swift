import Glibc
package import Transport

/// The sockets that a service manager hands over (sd_listen_fds(3)).
package struct InheritedSockets: Sendable {
    package struct Socket: Sendable {
        package var socket: InheritedSocket
        /// As a person may know it: the descriptor, its name, and where it listens.
        package var description: String
    }

    package var sockets: [Socket]

    /// Takes them over, once in a process: none when LISTEN_PID names another one.
    ///
    /// What of the variables cannot be read is among the warnings of `ServiceNotifier`.
    ///
    /// - Parameters:
    ///   - environment: Of this process: LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES.
    ///   - pid: Of this process.
    /// - Throws: What is wrong with one of them, by number and name.
    package init(
        _ environment: [String: String],
        pid: Int32 = getpid()
    ) throws(InheritedSocketError) {
        sockets = []
        for descriptor in ServiceVariables(environment, pid: pid).descriptors {
            let name = descriptor.name.map { " (\($0))" } ?? ""
            do throws(InheritedSocketError) {
                let socket = try InheritedSocket(descriptor.number)
                let words = "the socket \(socket.address) of LISTEN_FDS\(name)"
                sockets.append(Socket(socket: socket, description: words))
            } catch {
                throw InheritedSocketError(descriptor.number, "of LISTEN_FDS\(name) \(error.fault)")
            }
        }
    }
}
