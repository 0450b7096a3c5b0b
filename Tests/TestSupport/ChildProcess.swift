package import Glibc

/// What went wrong in a test's own machinery.
package struct TestSupportError: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

/// A helper program started for a test, its standard output on a pipe.
package struct ChildProcess: Sendable {
    package let pid: pid_t
    private let output: Int32

    package init(_ arguments: [String]) throws {
        var pipes: [Int32] = [-1, -1]
        guard pipe(&pipes) == 0 else { throw TestSupportError("no pipe") }
        _ = fcntl(pipes[0], F_SETFD, FD_CLOEXEC)
        defer { close(pipes[1]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, pipes[1], 1)
        posix_spawn_file_actions_addclose(&actions, pipes[1])
        var pid: pid_t = 0
        var words = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        let code = posix_spawnp(&pid, arguments[0], &actions, nil, &words, environ)
        guard code == 0 else {
            close(pipes[0])
            throw TestSupportError("\(arguments[0]): \(String(cString: strerror(code)))")
        }
        self.pid = pid
        output = pipes[0]
    }

    /// Waits for the first line of its output; empty when it ends without one.
    package func firstLine() -> String {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while read(output, &byte, 1) == 1, byte != UInt8(ascii: "\n") { line.append(byte) }
        return String(decoding: line, as: UTF8.self)
    }

    /// All that is left of its output, and its exit status (128 + n when a signal ended it).
    package func finish() -> (output: String, status: Int32) {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = read(output, &buffer, buffer.count)
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        close(output)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        let code = status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
        return (String(decoding: bytes, as: UTF8.self), code)
    }
}

/// The path of a program in `Tests/Tools`.
package func toolPath(_ name: String) -> String {
    let parts = #filePath.split(separator: "/").dropLast(2)
    return "/" + (parts + ["Tools", Substring(name)]).joined(separator: "/")
}

/// The whole file as text; empty when there is none.
package func readText(_ path: String) -> String {
    guard let file = fopen(path, "rb") else { return "" }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
        let count = fread(&buffer, 1, buffer.count, file)
        guard count > 0 else { break }
        bytes += buffer[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
}

/// Sends `request` to a port of 127.0.0.1 and gives all that comes back until the end.
package func loopbackExchange(port: Int, _ request: String) throws -> String {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw TestSupportError("no socket") }
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let code = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
    guard code == 0 else { throw TestSupportError("nobody listens on port \(port)") }
    var rest = Array(request.utf8)
    while !rest.isEmpty {
        let count = send(descriptor, rest, rest.count, Int32(MSG_NOSIGNAL))
        guard count > 0 else { throw TestSupportError("port \(port) closed early") }
        rest.removeFirst(count)
    }
    var answer: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4_096)
    while true {
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { break }
        answer += buffer[..<count]
    }
    return String(decoding: answer, as: UTF8.self)
}
