import Glibc
import Transport

/// The names under which an agent lets itself be spoken to over TCP.
///
/// A web page may speak to any address that its own name leads to. With a name that leads to
/// 127.0.0.1 (DNS rebinding) it would read all that is open on loopback, and the browser would take
/// the agent for the page's own server; but the request's `Host` is then that name. An address
/// needs no resolver, so it cannot be bent: this machine's own are ours, and `localhost` is.
struct HostAllowList: Sendable {
    private let addresses: Set<[UInt8]>

    /// - Parameter listening: Addresses that are ours as well.
    init(listening: [SocketAddress]) {
        addresses = Set(
            listening.compactMap { address in
                guard case .internet(let bytes, _) = address.kind else { return nil }
                return bytes
            }
        )
    }

    /// - Returns: The refusal; `nil` for a request that is meant for us.
    func refusal(of request: HTTPRequest) -> HTTPResponse? {
        guard request.channel == .internet else { return nil }
        // Only HTTP/1.0 may leave it out, which no browser speaks.
        let names = [request.target.authority].compactMap(\.self) + request.headers.values("Host")
        guard let stranger = names.first(where: { !allows($0) }) else { return nil }
        // RFC 9110 §15.5.20.
        var response = HTTPResponse.problem(
            status: 421,
            detail: "this agent does not answer to the name `\(stranger)`: "
                + "speak to localhost or to an address of this machine"
        )
        response.closesConnection = true
        return response
    }

    /// Whether the value of a `Host` field is one of ours.
    ///
    /// Its port may be any: behind a forwarded port (`ssh -L`, a container) the client knows
    /// another one than ours, and rebinding needs a name, not a port.
    func allows(_ authority: String) -> Bool {
        guard let host = Self.host(of: authority) else { return false }
        if host.hasPrefix("["), host.hasSuffix("]") {
            let address = Self.bytes(String(host.dropFirst().dropLast()), AF_INET6)
            return address.map { $0 == Self.loopback6 || addresses.contains($0) } ?? false
        }
        // A name may end with the root's dot, and so does an address that is taken for a name.
        let name = host.hasSuffix(".") ? String(host.dropLast()) : host
        if name == "localhost" { return true }
        let address = Self.bytes(name, AF_INET)
        return address.map { $0[0] == 127 || addresses.contains($0) } ?? false
    }

    private static let loopback6: [UInt8] = Array(repeating: 0, count: 15) + [1]

    /// Without the port, in lower case; `nil` when what follows the host is no port.
    private static func host(of authority: String) -> String? {
        let text = authority.lowercased()
        let start = text.firstIndex(of: "]") ?? text.startIndex
        guard let colon = text[start...].firstIndex(of: ":") else { return text }
        let port = text[text.index(after: colon)...].utf8
        let isPort = port.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return isPort ? String(text[..<colon]) : nil
    }

    private static func bytes(_ text: String, _ family: Int32) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: family == AF_INET ? 4 : 16)
        return unsafe inet_pton(family, text, &bytes) == 1 ? bytes : nil
    }
}
