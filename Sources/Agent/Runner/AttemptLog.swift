import CLinux
import Glibc
package import Pipeline
import Transport

/// What one attempt printed, both streams as they came, in a file that appears with its first
/// byte, as does the folder of a run's logs.
///
/// The file holds the newest output: at the limit it moves aside, replacing what was moved aside
/// before, so that an attempt keeps between one and two times the limit.
package struct AttemptLog: ~Copyable {
    /// A person reads the end of a log; what is larger is data, and belongs in `WEIR_DIR`.
    static let bytesMax = 32 << 20

    /// `load.2.log`, and `load.if.1.log` for the condition.
    package static func name(of attempt: AttemptRef) -> String {
        let part = attempt.part == .main ? "" : ".\(attempt.part.rawValue)"
        return "\(attempt.step)\(part).\(attempt.number).log"
    }

    private let folder: String
    private let attempt: AttemptRef
    private var number: Int32 = -1
    private var size = 0
    private var hasFailed = false
    /// Bytes that are in no file any more.
    private(set) var droppedBytes = 0

    init(of attempt: AttemptRef, in folder: String) {
        self.attempt = attempt
        self.folder = folder
    }

    /// Put together where it is needed: most attempts print nothing.
    private var path: String { "\(folder)/\(Self.name(of: attempt))" }

    deinit {
        if number >= 0 { _ = Glibc.close(number) }
    }

    /// Logs are observations: a disk that takes no more drops them and does not end the attempt.
    mutating func append(_ bytes: ArraySlice<UInt8>) {
        guard !bytes.isEmpty else { return }
        if size + bytes.count > Self.bytesMax, size > 0 { rotate() }
        if number < 0, !hasFailed {
            number = open()
            if number < 0, errno == ENOENT, unsafe mkdir(folder, 0o700) == 0 { number = open() }
            hasFailed = number < 0
        }
        let written = unsafe bytes.withUnsafeBytes {
            unsafe write(number, $0.baseAddress, $0.count)
        }
        size += max(0, written)
        droppedBytes += bytes.count - max(0, written)
    }

    private func open() -> Int32 {
        unsafe weir_open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    }

    private mutating func rotate() {
        let path = self.path
        var before = stat()
        if unsafe stat(path + ".1", &before) == 0 { droppedBytes += Int(before.st_size) }
        _ = unsafe rename(path, path + ".1")
        if number >= 0 { _ = Glibc.close(number) }
        number = -1
        size = 0
    }
}
