import CLinux
import Glibc
import Pipeline
import Transport

/// Finds the values of declared secrets (design §4): systemd credentials first, then a file that
/// the environment names, then the environment itself.
package struct SecretStore: Sendable {
    private let environment: [String: String]
    private static let bytesMax = 64 << 10

    package init(environment: [String: String]) {
        self.environment = environment
    }

    /// A secret that cannot be used.
    package struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
        package var name: String
        package var why: String

        package var description: String { "secret `\(name)`: \(why)" }
    }

    /// The values of all of `names`, or everything that is wrong with them.
    package func values(of names: [String]) -> (values: [String: String], faults: [Fault]) {
        var values: [String: String] = [:]
        var faults: [Fault] = []
        for name in names {
            switch value(of: name) {
            case .success(let value): values[name] = value
            case .failure(let fault): faults.append(fault)
            }
        }
        return (values, faults)
    }

    private func value(of name: String) -> Result<String, Fault> {
        guard let found = find(name) else {
            let why = "not found: set \(name), or \(name)_FILE to a file that holds it"
            return .failure(Fault(name: name, why: why))
        }
        switch found {
        case .failure(let fault): return .failure(fault)
        case .success(let value):
            guard value.utf8.count >= SecretMask.valueBytesMin else {
                let least = SecretMask.valueBytesMin
                let why = "shorter than \(least) bytes: it could not be masked without masking text"
                return .failure(Fault(name: name, why: why))
            }
            return .success(value)
        }
    }

    private func find(_ name: String) -> Result<String, Fault>? {
        if let folder = environment["CREDENTIALS_DIRECTORY"], !folder.isEmpty {
            let path = "\(folder)/\(name)"
            if unsafe access(path, F_OK) == 0 { return read(path, for: name) }
        }
        if let path = environment[name + "_FILE"], !path.isEmpty { return read(path, for: name) }
        return environment[name].map { .success($0) }
    }

    /// A file's text without the line end that editors add.
    private func read(_ path: String, for name: String) -> Result<String, Fault> {
        let number = unsafe weir_open(path, O_RDONLY | O_CLOEXEC, 0)
        guard number >= 0 else {
            return .failure(Fault(name: name, why: "\(path): \(systemErrorText(errno))"))
        }
        let descriptor = FileDescriptor(number)
        var bytes = [UInt8](repeating: 0, count: Self.bytesMax + 1)
        let count = unsafe Glibc.read(descriptor.number, &bytes, bytes.count)
        guard count >= 0, count <= Self.bytesMax else {
            let why = count < 0 ? systemErrorText(errno) : "larger than 64 KiB"
            return .failure(Fault(name: name, why: "\(path): \(why)"))
        }
        guard var text = String(validating: bytes[..<count], as: UTF8.self) else {
            return .failure(Fault(name: name, why: "\(path): not UTF-8"))
        }
        if text.hasSuffix("\n") { text.removeLast() }
        return .success(text)
    }
}
