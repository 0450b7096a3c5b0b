import Glibc
import TestSupport

/// The built binary with a home of its own, used as a person would.
final class WeirBench {
    let folder = TemporaryDirectory()
    /// What a killed process leaves in memory goes with the bench.
    private let memory = TemporaryDirectory(in: "/dev/shm")
    var environment: [String: String]

    init(endpoint: String? = nil) {
        environment = [
            "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": folder.path,
            "WEIR_STATE_DIR": folder.path + "/state", "XDG_RUNTIME_DIR": memory.path,
        ]
        if let endpoint {
            environment["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = endpoint
            environment["OTEL_BSP_SCHEDULE_DELAY"] = "10"
        }
    }

    struct Outcome {
        var code: Int32
        var out: String
        var err: String
    }

    func start(_ words: [String]) -> Subprocess {
        Subprocess([weirBinary] + words, environment: environment, directory: folder.path)
    }

    /// Runs to the end; -1 when it does not come.
    func weir(_ words: String...) -> Outcome {
        let process = start(words)
        let code = process.wait(atMost: .seconds(120))
        return Outcome(code: code ?? -1, out: process.out, err: process.err)
    }

    /// Writes `weir.yaml` with these steps.
    func pipeline(_ text: String) {
        folder.write("weir.yaml", text)
    }

    /// Starts `weir run` and waits until `text` stands in `file`.
    func startRun(until file: String, contains text: String) -> Subprocess {
        let process = start(["run", "--progress", "plain"])
        while !(folder.read(file) ?? "").contains(text) {
            if process.wait(atMost: .milliseconds(2)) != nil { break }
        }
        return process
    }

    /// Every file below the folder, with its text.
    func files() -> [String: String] {
        var found: [String: String] = [:]
        collect("", into: &found)
        return found
    }

    private func collect(_ prefix: String, into found: inout [String: String]) {
        guard let entries = opendir(folder.path + "/" + prefix) else { return }
        defer { closedir(entries) }
        while let entry = readdir(entries) {
            let kind = Int32(entry.pointee.d_type)
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name != ".", name != ".." else { continue }
            let path = prefix.isEmpty ? name : prefix + "/" + name
            if kind == Int32(DT_DIR) { collect(path, into: &found) }
            if kind == Int32(DT_REG) { found[path] = folder.read(path) }
        }
    }
}
