import Agent
import Glibc
import Transport

/// Where an agent is spoken to: `http://HOST:PORT` or `unix:/PATH`.
struct AgentAddress: CustomStringConvertible {
    /// Of the socket in the file system; `nil` over TCP.
    var socket: String?
    /// What paths are put behind.
    var base: String
    var description: String

    /// Where a system's own agent listens.
    static let system = AgentAddress(socket: "/run/weir/weir.sock")

    /// The agent of a state folder.
    init(of state: StateFolder) {
        self.init(socket: state.agentSocketPath)
    }

    private init(socket: String) {
        self.init(socket: socket, base: "http://localhost", description: "unix:\(socket)")
    }

    private init(socket: String?, base: String, description: String) {
        self.socket = socket
        self.base = base
        self.description = description
    }

    /// - Parameters:
    ///   - text: As given.
    ///   - source: Who gave it, `--agent` or `WEIR_AGENT`.
    ///   - command: Whose usage an error shows.
    /// - Throws: `UsageError`
    init(_ text: String, from source: String, _ command: Command) throws(UsageError) {
        if text.hasPrefix("unix:"), SocketAddress(text) != nil {
            self.init(socket: String(text.dropFirst(5)))
            return
        }
        let rest = text.dropFirst("http://".count)
        let authority = rest.hasSuffix("/") ? rest.dropLast() : rest
        guard text.lowercased().hasPrefix("http://"), Self.isHostAndPort(authority.utf8) else {
            let hint = text.hasPrefix("https://") ? "; https is not supported yet" : ""
            throw UsageError(
                "`\(source) \(text)`: http://HOST:PORT or unix:/PATH is meant\(hint)",
                command
            )
        }
        let base = "http://\(authority)"
        self.init(socket: nil, base: base, description: base)
    }

    /// Letters, digits and what addresses are made of: no user, no path.
    private static func isHostAndPort(_ bytes: Substring.UTF8View) -> Bool {
        !bytes.isEmpty
            && bytes.allSatisfy { byte in
                isalnum(Int32(byte)) != 0 || Array("-._:[]".utf8).contains(byte)
            }
    }
}
