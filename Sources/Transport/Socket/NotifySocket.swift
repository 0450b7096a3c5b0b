internal import CLinux
internal import Glibc

/// Where a service manager takes messages: a datagram socket of its own (sd_notify(3)).
package final class NotifySocket: Sendable {
    private let descriptor: FileDescriptor
    private let address: [UInt8]
    private let name: String

    /// - Parameter name: An absolute path, or `@` and an abstract name.
    /// - Throws: When the name is too long for a socket, or the system has no descriptor to give.
    package init(_ name: String) throws(SystemError) {
        self.name = name
        let isAbstract = name.hasPrefix("@")
        let bytes = isAbstract ? [0] + Array(name.utf8.dropFirst()) : Array(name.utf8) + [0]
        // unix(7): 108 bytes; of an abstract name all count, none ends it.
        guard bytes.count <= 108 else {
            throw SystemError("sd_notify", name, code: ENAMETOOLONG)
        }
        let family = unsafe withUnsafeBytes(of: sa_family_t(AF_UNIX)) { unsafe Array($0) }
        address = family + bytes
        let kind = SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue
        descriptor = FileDescriptor(socket(AF_UNIX, Int32(kind), 0))
        guard descriptor.number >= 0 else { throw SystemError("socket", name) }
        // A manager that takes nothing must not hold up the agent.
        var patience = timeval(tv_sec: 1, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        _ = unsafe setsockopt(descriptor.number, SOL_SOCKET, SO_SNDTIMEO, &patience, size)
    }

    /// Sends one message.
    ///
    /// - Parameters:
    ///   - message: Lines `KEY=VALUE`.
    ///   - mayWait: Whether a full socket is waited for, a second at most.
    /// - Throws: `SystemError` that names the socket; the message is lost then.
    package func send(_ message: String, mayWait: Bool) throws(SystemError) {
        let bytes = Array(message.utf8)
        let flags = Int32(MSG_NOSIGNAL) | (mayWait ? 0 : Int32(MSG_DONTWAIT))
        while true {
            // By name each time: a manager that starts anew has another socket there.
            let count = unsafe address.withUnsafeBytes { raw in
                unsafe sendto(
                    descriptor.number,
                    bytes,
                    bytes.count,
                    flags,
                    raw.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                    socklen_t(raw.count)
                )
            }
            if count >= 0 { return }
            guard errno == EINTR else { throw SystemError("sd_notify", name) }
        }
    }
}
