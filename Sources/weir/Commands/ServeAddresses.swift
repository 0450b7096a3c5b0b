import Agent
import Transport

/// Where an agent listens: where `--listen` says, at the sockets that a service manager hands over,
/// and without either at the standard address.
struct ServeAddresses {
    static let standard = "127.0.0.1:9347"

    /// To be opened.
    var wanted: [SocketAddress]
    /// Open already.
    var inherited: [InheritedSocket]

    /// - Throws: `UsageError` for what cannot be served, or must not be.
    init(_ arguments: Arguments, _ environment: [String: String]) throws {
        let command = arguments.command
        let handed: InheritedSockets
        do {
            handed = try InheritedSockets(environment)
        } catch {
            throw UsageError("\(error)", command)
        }
        inherited = try handed.sockets.map { given in
            try Self.refuseRemote(given.socket.address, "`\(given.description)`", command)
            return given.socket
        }
        let given = arguments.all("listen")
        let standard = inherited.isEmpty ? [Self.standard] : []
        wanted = try (given.isEmpty ? standard : given).map { text in
            guard let address = SocketAddress(text) else {
                throw UsageError(
                    "`--listen \(text)`: 127.0.0.1:PORT, [::1]:PORT or unix:PATH is meant",
                    command
                )
            }
            try Self.refuseRemote(address, "`--listen \(text)`", command)
            return address
        }
    }

    private static func refuseRemote(
        _ address: SocketAddress,
        _ what: String,
        _ command: Command
    ) throws(UsageError) {
        guard !address.isLocal else { return }
        throw UsageError(
            "\(what) is reached from other machines, which needs authentication: "
                + "`--token-file` and `--jwt-key-file` are not supported yet",
            command
        )
    }
}
