import Glibc

/// A client that sends what it is told, byte for byte; waits at most 20 seconds for an answer.
package final class HTTPTestClient {
    package struct Answer: Equatable {
        package var status: Int
        package var head: String
        package var body: String

        package func header(_ name: String) -> String? {
            head.split(separator: "\r\n").first { $0.lowercased().hasPrefix(name + ":") }
                .map { String($0.dropFirst(name.count + 1).drop { $0 == " " }) }
        }
    }

    private let descriptor: Int32
    private var buffer: [UInt8] = []

    /// Connects to a port of 127.0.0.1; a small `receiveBuffer` makes a slow reader felt soon.
    package init(port: UInt16, receiveBuffer: Int32? = nil) throws {
        descriptor = try Self.open(AF_INET, receiveBuffer)
        var target = sockaddr_in()
        target.sin_family = sa_family_t(AF_INET)
        target.sin_port = port.bigEndian
        target.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        try Self.connect(descriptor, &target)
    }

    /// Connects to a socket in the file system.
    package init(path: String, receiveBuffer: Int32? = nil) throws {
        descriptor = try Self.open(AF_UNIX, receiveBuffer)
        var target = sockaddr_un()
        target.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &target.sun_path) { $0.copyBytes(from: path.utf8) }
        try Self.connect(descriptor, &target)
    }

    deinit {
        close(descriptor)
    }

    private static func open(_ family: Int32, _ receiveBuffer: Int32?) throws -> Int32 {
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw TestSupportError("socket: \(errno)") }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        var wait = timeval(tv_sec: 20, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &wait, size)
        if var bytes = receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, 4)
        }
        return descriptor
    }

    private static func connect<Target>(_ number: Int32, _ target: inout Target) throws {
        let code = withUnsafePointer(to: &target) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(number, $0, socklen_t(MemoryLayout<Target>.size))
            }
        }
        guard code == 0 else { throw TestSupportError("connect: \(errno)") }
    }

    /// - Returns: How many bytes the other side took before it was gone.
    @discardableResult
    package func send(_ text: String) -> Int {
        send(Array(text.utf8))
    }

    /// - Returns: How many bytes the other side took before it was gone.
    @discardableResult
    package func send(_ bytes: [UInt8]) -> Int {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(
                    descriptor,
                    $0.baseAddress?.advanced(by: sent),
                    bytes.count - sent,
                    Int32(MSG_NOSIGNAL)
                )
            }
            guard count > 0 else { break }
            sent += count
        }
        return sent
    }

    package func get(_ path: String, _ method: String = "GET") throws -> Answer {
        send("\(method) \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n")
        return try answer(toHead: method == "HEAD")
    }

    /// One answer, read by its length.
    package func answer(toHead isHead: Bool = false) throws -> Answer {
        let mark = Array("\r\n\r\n".utf8)
        while buffer.firstRange(of: mark) == nil {
            guard fill() else { throw TestSupportError("closed in the head: \(text(buffer))") }
        }
        let end = buffer.firstRange(of: mark)?.lowerBound ?? 0
        var answer = Answer(status: 0, head: text(buffer[..<end]), body: "")
        answer.status = Int(answer.head.dropFirst(9).prefix(3)) ?? 0
        buffer.removeSubrange(..<(end + 4))
        let length = isHead ? 0 : Int(answer.header("content-length") ?? "") ?? 0
        while buffer.count < length {
            guard fill() else { throw TestSupportError("closed in the body") }
        }
        answer.body = text(buffer[..<length])
        buffer.removeSubrange(..<length)
        return answer
    }

    /// Everything until the server closes; `nil` when it resets the connection or never closes.
    package func rest() -> String? {
        errno = 0
        while fill() {}
        return errno == 0 ? text(buffer) : nil
    }

    private func fill() -> Bool {
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else {
            if count == 0 { errno = 0 }
            return false
        }
        buffer += bytes[..<count]
        return true
    }

    private func text(_ bytes: some Collection<UInt8>) -> String {
        String(decoding: bytes, as: UTF8.self)
    }
}
