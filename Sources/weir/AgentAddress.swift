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

    /// The agent that `--agent`, else `WEIR_AGENT`, names; `nil` where neither does.
    static func named(_ setting: Setting, _ arguments: Arguments) throws(UsageError) -> Self? {
        if let given = arguments.value("agent") {
            return try AgentAddress(given, from: "--agent", arguments.command)
        }
        guard let text = setting.environment["WEIR_AGENT"], !text.isEmpty else { return nil }
        return try AgentAddress(text, from: "WEIR_AGENT", arguments.command)
    }

    /// Whether somebody listens at a socket of this machine, asked without a word.
    var isOpen: Bool {
        var address = sockaddr_un()
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard let path = socket.map({ Array($0.utf8) }), path.count < room else { return false }
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        let flags = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = FileDescriptor(Glibc.socket(AF_UNIX, flags, 0))
        guard descriptor.number >= 0 else { return false }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                let size = socklen_t(MemoryLayout<sockaddr_un>.size)
                return connect(descriptor.number, $0, size) == 0
            }
        }
    }

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
