import CLinux
import Glibc
import Journal
package import Pipeline
package import Transport

/// A pipeline that an agent serves.
package struct ServedPipeline: Sendable {
    package var plan: Plan
    package var spec: [UInt8]
    /// Absolute.
    package var file: String

    package var name: String { plan.name }

    /// A request for a run of it, by `trigger`; steps leave what others need in `outputs`.
    package func request(trigger: String, outputs: String) -> RunRequest {
        RunRequest(
            plan: plan,
            spec: spec,
            file: file,
            directory: folder(of: file),
            trigger: trigger,
            outputs: outputs
        )
    }

    private func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
        return String(path[..<slash])
    }
}

/// The pipelines of a folder: each file that can be read is served, each that cannot is reported,
/// and neither hinders the other.
package struct PipelineFolder: Sendable {
    /// A file that is not served, and why; the text is for people and may have several lines.
    package struct Fault: Hashable, Sendable {
        package var file: String
        package var text: String
    }

    /// By name.
    package private(set) var pipelines: [String: ServedPipeline] = [:]
    /// In the order of the files' names.
    package private(set) var faults: [Fault] = []
    /// Their pools, rate limits and breakers, which are all the agent's: a name means one thing.
    package private(set) var flow = FlowPolicies()

    /// Files of a folder that are looked at: more is a folder that was not meant.
    private static let filesMax = 10_000
    private static let suffixes = [".yaml", ".yml", ".json"]

    /// Reads every `*.yaml`, `*.yml` and `*.json` of the folder itself, hidden files left out.
    ///
    /// - Throws: `SystemError` when the folder cannot be read.
    package init(_ path: String) throws(SystemError) {
        let folder = try Self.absolute(path)
        let names = try Self.names(in: folder)
        for name in names.prefix(Self.filesMax) { load(folder + "/" + name) }
        if names.count > Self.filesMax {
            let text = "holds \(names.count) pipeline files: the first \(Self.filesMax) are served"
            faults.append(Fault(file: folder, text: text))
        }
    }

    /// The names, sorted.
    package var names: [String] { pipelines.keys.sorted() }

    private mutating func load(_ file: String) {
        do throws(SystemError) {
            let spec = try Self.read(file)
            let reading = PipelineReader.read(spec, file: file)
            guard let plan = reading.plan else {
                faults.append(Fault(file: file, text: reading.rendered))
                return
            }
            add(ServedPipeline(plan: plan, spec: spec, file: file))
        } catch {
            faults.append(Fault(file: file, text: error.description))
        }
    }

    /// Which of two was meant nobody can tell: the first stays, so that adding a file never takes
    /// a running pipeline away.
    private mutating func add(_ pipeline: ServedPipeline) {
        if let other = pipelines[pipeline.name] {
            let text = "pipeline `\(pipeline.name)` is defined in \(other.file) already"
            faults.append(Fault(file: pipeline.file, text: text))
        } else if let text = conflict(of: pipeline) {
            faults.append(Fault(file: pipeline.file, text: text))
        } else {
            pipelines[pipeline.name] = pipeline
            flow.add(pipeline.plan.flow)
        }
    }

    /// What it defines in other words than a file before it.
    private func conflict(of pipeline: ServedPipeline) -> String? {
        guard let (kind, name) = pipeline.plan.flow.conflicts(with: flow).first else { return nil }
        let other = pipelines.values.sorted { $0.file < $1.file }
            .first { !pipeline.plan.flow.conflicts(with: $0.plan.flow).isEmpty }
        return
            "the \(kind.words) `\(name)` is defined differently in \(other?.file ?? "another file"):"
            + " pools, rate limits and breakers are shared by all pipelines of an agent, by name"
    }

    private static func absolute(_ path: String) throws(SystemError) -> String {
        guard let resolved = unsafe realpath(path, nil) else { throw SystemError("open", path) }
        defer { unsafe free(resolved) }
        return unsafe String(cString: resolved)
    }

    private static func names(in folder: String) throws(SystemError) -> [String] {
        do {
            return try entries(of: folder).filter { name in
                !name.hasPrefix(".") && suffixes.contains(where: name.hasSuffix)
            }.sorted()
        } catch {
            throw SystemError("read the folder", folder, code: error.code)
        }
    }

    /// A whole regular file: anything else (a FIFO nobody writes to) could keep the agent waiting.
    private static func read(_ file: String) throws(SystemError) -> [UInt8] {
        let flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK
        let number = unsafe weir_open(file, flags, 0)
        guard number >= 0 else { throw SystemError("open", file) }
        let descriptor = FileDescriptor(number)
        var status = stat()
        guard unsafe fstat(number, &status) == 0 else { throw SystemError("inspect", file) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw SystemError("read a file that is not regular:", file, code: EINVAL)
        }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe Glibc.read(descriptor.number, &buffer, buffer.count)
            guard count >= 0 else { throw SystemError("read", file) }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
            guard bytes.count <= Limits.specBytes else {
                throw SystemError("read", file, code: EFBIG)
            }
        }
    }
}
