internal import CLinux
internal import Glibc

/// A socket that accepts connections; a unix socket's file goes away with it.
struct ListeningSocket: ~Copyable {
    let descriptor: FileDescriptor
    /// With the port that the system chose.
    let address: SocketAddress
    /// Of the file of a unix socket, so that nobody else's is removed.
    private let inode: UInt64?

    init(_ wanted: SocketAddress) throws(SystemError) {
        let descriptor = FileDescriptor(weir_socket(wanted.family))
        guard descriptor.number >= 0 else { throw SystemError("socket", wanted.description) }
        switch wanted.kind {
        case .internet:
            var yes: Int32 = 1
            let size = socklen_t(MemoryLayout<Int32>.size)
            _ = unsafe setsockopt(descriptor.number, SOL_SOCKET, SO_REUSEADDR, &yes, size)
            try ListeningSocket.bind(descriptor.number, wanted)
        case .unix(let path):
            // The file is made with the mode that the socket has: there is no moment in which
            // others could connect.
            guard fchmod(descriptor.number, 0o600) == 0 else {
                throw SystemError("fchmod", wanted.description)
            }
            ListeningSocket.removeStale(path, wanted)
            try ListeningSocket.bind(descriptor.number, wanted)
        }
        guard listen(descriptor.number, 1_024) == 0 else {
            throw SystemError("listen", wanted.description)
        }
        (address, inode) = ListeningSocket.identity(descriptor.number, wanted)
        self.descriptor = descriptor
    }

    /// Takes over a socket that came with the process; its file is not ours to remove.
    init(_ inherited: InheritedSocket) {
        descriptor = FileDescriptor(inherited.number)
        address = inherited.address
        inode = nil
    }

    deinit {
        guard case .unix(let path) = address.kind, let inode,
            ListeningSocket.socketInode(path) == inode
        else { return }
        unsafe unlink(path)
    }

    private static func bind(_ number: Int32, _ address: SocketAddress) throws(SystemError) {
        let code = unsafe call(address) { pointer, size in
            unsafe Glibc.bind(number, pointer, size)
        }
        guard code == 0 else { throw SystemError("bind", address.description) }
    }

    /// Removes the socket of a server that is dead: nobody takes connections there.
    private static func removeStale(_ path: String, _ address: SocketAddress) {
        guard socketInode(path) != nil else { return }
        let probe = FileDescriptor(weir_socket(AF_UNIX))
        let code = unsafe call(address) { pointer, size in
            unsafe connect(probe.number, pointer, size)
        }
        if code != 0, errno == ECONNREFUSED { unsafe unlink(path) }
    }

    private static func call(
        _ address: SocketAddress,
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        let bytes = address.bytes
        return unsafe bytes.withUnsafeBytes { raw in
            guard let base = raw.baseAddress else { return -1 }
            return unsafe body(base.assumingMemoryBound(to: sockaddr.self), socklen_t(raw.count))
        }
    }

    private static func identity(
        _ number: Int32,
        _ wanted: SocketAddress
    ) -> (SocketAddress, UInt64?) {
        guard case .internet(let address, _) = wanted.kind else {
            guard case .unix(let path) = wanted.kind else { return (wanted, nil) }
            return (wanted, socketInode(path))
        }
        var bound = sockaddr_in6()
        var size = socklen_t(MemoryLayout<sockaddr_in6>.size)
        let code = unsafe withUnsafeMutableBytes(of: &bound) { raw in
            unsafe getsockname(
                number,
                raw.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                &size
            )
        }
        guard code == 0 else { return (wanted, nil) }
        // The port stands at the same place in both families.
        let port = UInt16(bigEndian: bound.sin6_port)
        return (SocketAddress(.internet(address: address, port: port)), nil)
    }

    /// - Returns: `nil` if there is no socket at `path`.
    private static func socketInode(_ path: String) -> UInt64? {
        var status = stat()
        guard unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else {
            return nil
        }
        return UInt64(status.st_ino)
    }
}
