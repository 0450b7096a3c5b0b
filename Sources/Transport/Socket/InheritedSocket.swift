internal import CLinux
internal import Glibc

/// A listening socket that came with the process: whoever started it goes on holding it, so that
/// who connects while no agent is there waits for the next one.
package struct InheritedSocket: Hashable, Sendable {
    package let number: Int32
    package let address: SocketAddress

    /// Looks at a descriptor that is ours from the start; no child gets it any more.
    ///
    /// - Throws: What is wrong with it: a server can only accept from a stream socket that listens.
    package init(_ number: Int32) throws(InheritedSocketError) {
        guard weir_fcntl(number, F_SETFD, FD_CLOEXEC) == 0 else {
            throw InheritedSocketError(number, "is not open")
        }
        guard let kind = Self.option(SO_TYPE, of: number) else {
            throw InheritedSocketError(number, "is no socket")
        }
        guard kind == Int32(SOCK_STREAM.rawValue) else {
            throw InheritedSocketError(number, "is no stream socket (use ListenStream=)")
        }
        guard Self.option(SO_ACCEPTCONN, of: number) == 1 else {
            throw InheritedSocketError(number, "does not listen (use Accept=no)")
        }
        guard let address = Self.address(of: number) else {
            throw InheritedSocketError(number, "is neither of TCP nor a unix socket")
        }
        // The server never waits in `accept`.
        let flags = weir_fcntl(number, F_GETFL, 0)
        guard flags >= 0, weir_fcntl(number, F_SETFL, flags | O_NONBLOCK) == 0 else {
            throw InheritedSocketError(number, systemErrorText(errno))
        }
        (self.number, self.address) = (number, address)
    }

    private static func option(_ name: Int32, of number: Int32) -> Int32? {
        var value: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        let code = unsafe getsockopt(number, SOL_SOCKET, name, &value, &size)
        return code == 0 ? value : nil
    }

    private static func address(of number: Int32) -> SocketAddress? {
        var bytes = [UInt8](repeating: 0, count: 128)
        var size = socklen_t(bytes.count)
        let code = unsafe bytes.withUnsafeMutableBytes { raw in
            unsafe getsockname(
                number,
                raw.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                &size
            )
        }
        guard code == 0, size >= 2, size <= bytes.count else { return nil }
        let given = bytes[..<Int(size)]
        let family = unsafe bytes.withUnsafeBytes { raw in
            unsafe raw.loadUnaligned(as: sa_family_t.self)
        }
        let port = UInt16(bytes[2]) << 8 | UInt16(bytes[3])
        switch Int32(family) {
        case AF_INET where given.count >= 8:
            return SocketAddress(.internet(address: Array(bytes[4..<8]), port: port))
        case AF_INET6 where given.count >= 24:
            return SocketAddress(.internet(address: Array(bytes[8..<24]), port: port))
        case AF_UNIX: return SocketAddress(.unix(path: path(in: given.dropFirst(2))))
        default: return nil
        }
    }

    /// As `ss` and systemd write it: `@` stands for the zero byte of an abstract name.
    private static func path(in bytes: ArraySlice<UInt8>) -> String {
        if bytes.first == 0 { return "@" + String(decoding: bytes.dropFirst(), as: UTF8.self) }
        return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
}

/// A descriptor that was handed over, and cannot be served.
package struct InheritedSocketError: Error, Hashable, Sendable, CustomStringConvertible {
    package var number: Int32
    package var fault: String

    package init(_ number: Int32, _ fault: String) {
        (self.number, self.fault) = (number, fault)
    }

    package var description: String { "descriptor \(number) \(fault)" }
}
