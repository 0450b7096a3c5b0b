internal import Glibc

/// Where a server listens: an address of this machine and a port, or a path.
package struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
    package enum Kind: Hashable, Sendable {
        /// Bytes in network order, four or sixteen of them.
        case internet(address: [UInt8], port: UInt16)
        /// A file system path, at most 107 bytes.
        case unix(path: String)
    }

    package let kind: Kind

    /// Reads `127.0.0.1:9347`, `[::1]:0`, `localhost:80` or `unix:/run/weir.sock`.
    ///
    /// Port 0 lets the system choose; `localhost` is 127.0.0.1, other names are not looked up.
    ///
    /// - Returns: `nil` for anything else.
    package init?(_ text: String) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            guard (1...107).contains(path.utf8.count), !path.utf8.contains(0) else { return nil }
            kind = .unix(path: path)
            return
        }
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard digits.utf8.allSatisfy(\.isASCIIDigit), let port = UInt16(digits) else { return nil }
        var host = String(text[..<colon])
        if host == "localhost" { host = "127.0.0.1" }
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        if isBracketed { host = String(host.dropFirst().dropLast()) }
        let family = isBracketed ? AF_INET6 : AF_INET
        var address = [UInt8](repeating: 0, count: isBracketed ? 16 : 4)
        guard unsafe inet_pton(family, host, &address) == 1 else { return nil }
        kind = .internet(address: address, port: port)
    }

    init(_ kind: Kind) {
        self.kind = kind
    }

    /// Whether only this machine reaches it (design rule: nothing else without authentication).
    package var isLocal: Bool {
        switch kind {
        case .unix: true
        case .internet(let address, _):
            address.count == 4 ? address[0] == 127 : address == Array(repeating: 0, count: 15) + [1]
        }
    }

    package var description: String {
        switch kind {
        case .unix(let path): return "unix:\(path)"
        case .internet(let address, let port):
            var text = [CChar](repeating: 0, count: 64)
            let family = address.count == 4 ? AF_INET : AF_INET6
            _ = unsafe inet_ntop(family, address, &text, socklen_t(text.count))
            let host = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
            return address.count == 4 ? "\(host):\(port)" : "[\(host)]:\(port)"
        }
    }

    var family: Int32 {
        switch kind {
        case .unix: AF_UNIX
        case .internet(let address, _): address.count == 4 ? AF_INET : AF_INET6
        }
    }

    /// As the system calls take it: the bytes of a `sockaddr_un`, `_in` or `_in6`.
    var bytes: [UInt8] {
        let head = unsafe withUnsafeBytes(of: sa_family_t(family)) { unsafe Array($0) }
        switch kind {
        case .unix(let path): return head + Array(path.utf8) + [0]
        case .internet(let address, let port):
            let numbers = [UInt8(port >> 8), UInt8(port & 0xFF)]
            return address.count == 4
                ? head + numbers + address + Array(repeating: 0, count: 8)
                : head + numbers + Array(repeating: 0, count: 4) + address
                    + Array(repeating: 0, count: 4)
        }
    }
}
