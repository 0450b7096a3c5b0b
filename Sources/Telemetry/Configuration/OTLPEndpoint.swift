/// Where traces are sent, built from the variables exactly as the OTLP exporter specification says.
enum OTLPEndpoint {
    /// The signal's own URL is used as it stands; without a path it gets `/`.
    static func signal(_ url: String) -> String? {
        guard let parts = split(url) else { return nil }
        return parts.path.isEmpty ? parts.origin + "/" + parts.rest : url
    }

    /// To the base URL's path the signal's own is appended; nothing else changes.
    static func base(_ url: String, appending path: String) -> String? {
        guard let parts = split(url) else { return nil }
        let separator = parts.path.hasSuffix("/") ? "" : "/"
        return parts.origin + parts.path + separator + path + parts.rest
    }

    /// Scheme and authority, path, and what follows it; `nil` for anything but an http or https
    /// URL with a host.
    private static func split(_ url: String) -> (origin: String, path: String, rest: String)? {
        guard url.utf8.allSatisfy({ (0x21...0x7e).contains($0) }),
            let scheme = ["http://", "https://"].first(where: url.lowercased().hasPrefix)
        else { return nil }
        let afterScheme = url.dropFirst(scheme.count)
        let authority = afterScheme.prefix { !"/?#".contains($0) }
        guard hasHost(authority) else { return nil }
        let pathAndRest = afterScheme.dropFirst(authority.count)
        let path = pathAndRest.prefix { !"?#".contains($0) }
        let rest = pathAndRest.dropFirst(path.count)
        return (String(url.prefix(scheme.count)) + authority, String(path), String(rest))
    }

    /// `[user@]host[:port]`, the host not empty, the port a number.
    private static func hasHost(_ authority: Substring) -> Bool {
        let hostAndPort = authority.split(separator: "@", omittingEmptySubsequences: false).last
        guard let hostAndPort, !hostAndPort.isEmpty else { return false }
        let host: Substring
        if hostAndPort.first == "[" {
            guard let end = hostAndPort.firstIndex(of: "]") else { return false }
            host = hostAndPort[...end]
        } else {
            host = hostAndPort.prefix { $0 != ":" }
        }
        let port = hostAndPort.dropFirst(host.count)
        guard !host.isEmpty else { return false }
        return port.isEmpty || port.first == ":" && UInt16(port.dropFirst()) != nil
    }
}
