import CLinux
import Glibc

/// The two streams of a command-line program.
enum Console {
    static func out(_ text: String) {
        write(text + "\n", to: 1)
    }

    static func error(_ text: String) {
        write(text + "\n", to: 2)
    }

    /// Writes all of it; a reader that left ends the matter.
    static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    static func isTerminal(_ descriptor: Int32) -> Bool {
        isatty(descriptor) == 1
    }

    static func size(of descriptor: Int32) -> (rows: Int, columns: Int)? {
        var rows: UInt16 = 0
        var columns: UInt16 = 0
        guard weir_window_size(descriptor, &rows, &columns) == 0, columns > 0 else { return nil }
        return (Int(rows), Int(columns))
    }

    /// Copies a file to standard output, as it is.
    static func copy(_ path: String) {
        guard let file = fopen(path, "r") else { return }
        defer { fclose(file) }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 {
            buffer.withUnsafeBytes { bytes in
                var start = 0
                while start < count {
                    let written = Glibc.write(
                        1,
                        bytes.baseAddress?.advanced(by: start),
                        count - start
                    )
                    guard written > 0 else { return }
                    start += written
                }
            }
        }
    }

    static var environment: [String: String] {
        var variables: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let pair = String(cString: text).split(
                separator: "=",
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            if pair.count == 2 { variables[String(pair[0])] = String(pair[1]) }
            entry += 1
        }
        return variables
    }
}
