import Glibc

/// The socket of a service manager that only listens.
package final class NotifyReceiver {
    private let descriptor: Int32
    private let folder = TemporaryDirectory()
    /// As NOTIFY_SOCKET has it.
    package let name: String

    /// - Parameter isAbstract: Whether it has a name without a file.
    /// - Throws: When the system has no socket to give.
    package init(isAbstract: Bool = false) throws {
        let path = folder.path + "/notify"
        name = isAbstract ? "@" + path : path
        let kind = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue)
        descriptor = socket(AF_UNIX, kind, 0)
        let bytes = isAbstract ? [0] + Array(path.utf8) : Array(path.utf8) + [0]
        let family = withUnsafeBytes(of: sa_family_t(AF_UNIX)) { Array($0) }
        let code = (family + bytes).withUnsafeBytes { raw in
            bind(
                descriptor,
                raw.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                socklen_t(raw.count)
            )
        }
        guard descriptor >= 0, code == 0 else { throw TestSupportError("bind: \(errno)") }
    }

    deinit {
        close(descriptor)
    }

    /// The next message; `nil` when none comes in time.
    package func next(atMost limit: Duration) -> String? {
        let deadline = ContinuousClock.now + limit
        while true {
            let left = max(0, (deadline - .now) / .milliseconds(1))
            var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let count = poll(&poller, 1, Int32(min(left.rounded(.up), 1e9)))
            if count > 0 { break }
            if count == 0 || ContinuousClock.now >= deadline { return nil }
        }
        var buffer = [UInt8](repeating: 0, count: 8_192)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count < 0 ? nil : String(decoding: buffer[..<count], as: UTF8.self)
    }

    /// The first message that holds `line`, within a minute.
    ///
    /// - Throws: What came in its place.
    @discardableResult
    package func message(with line: String) throws -> [String] {
        let deadline = ContinuousClock.now + .seconds(60)
        var others: [String] = []
        while let message = next(atMost: max(.zero, deadline - .now)) {
            let lines = message.split(separator: "\n").map(String.init)
            if lines.contains(where: { $0.hasPrefix(line) }) { return lines }
            others.append(message)
        }
        throw TestSupportError("no \(line) among \(others)")
    }

    /// Forgets what has come so far.
    package func drain() {
        while next(atMost: .zero) != nil {}
    }
}
