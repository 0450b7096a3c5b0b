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
        /// Whether what the file held before is still served.
        package var isKept = false
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

    /// The folder, as it was given.
    package let path: String
    /// What knows the time zones.
    private let zones: ZoneSource
    /// As it was read before.
    private var former: [String: ServedPipeline] = [:]

    /// Reads every `*.yaml`, `*.yml` and `*.json` of the folder itself, hidden files left out.
    ///
    /// - Parameters:
    ///   - path: The folder.
    ///   - zones: The time zones of schedules.
    ///   - former: As it was read before: a file that cannot be read now stands for what it held.
    /// - Throws: `SystemError` when the folder cannot be read.
    package init(
        _ path: String,
        zones: ZoneSource = .unneeded,
        keeping former: PipelineFolder? = nil
    ) throws(SystemError) {
        let folder = try Self.absolute(path)
        (self.path, self.zones) = (path, zones)
        for pipeline in former?.pipelines.values ?? [:].values {
            self.former[pipeline.file] = pipeline
        }
        defer { self.former = [:] }
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
            let reading = PipelineReader.read(spec, file: file, zones: zones)
            guard let plan = reading.plan else { return keepFormer(of: file, reading.rendered) }
            let pipeline = ServedPipeline(plan: plan, spec: spec, file: file)
            if let text = refusal(of: pipeline) { return keepFormer(of: file, text) }
            add(pipeline)
        } catch {
            keepFormer(of: file, error.description)
        }
    }

    /// What a file held before is served on, if no other file stands in its way by now.
    private mutating func keepFormer(of file: String, _ text: String) {
        var fault = Fault(file: file, text: text)
        if let pipeline = former[file], refusal(of: pipeline) == nil {
            add(pipeline)
            fault.isKept = true
        }
        faults.append(fault)
    }

    private mutating func add(_ pipeline: ServedPipeline) {
        pipelines[pipeline.name] = pipeline
        flow.add(pipeline.plan.flow)
    }

    /// Which of two was meant nobody can tell: the first stays, so that adding a file never takes
    /// a running pipeline away.
    private func refusal(of pipeline: ServedPipeline) -> String? {
        if let other = pipelines[pipeline.name] {
            return "pipeline `\(pipeline.name)` is defined in \(other.file) already"
        }
        return conflict(of: pipeline)
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
