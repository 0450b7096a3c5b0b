import Agent
import Pipeline

/// A pipeline file that was read and found good; everything wrong with it is said on the way.
struct PipelineFile {
    static let standardName = "weir.yaml"

    let path: String
    let text: [UInt8]
    let plan: Plan

    /// Reads the file; `path` is as given, and messages name it so.
    ///
    /// Throws after all errors are printed.
    init(_ path: String?, setting: Setting) throws {
        self.path = path ?? Self.standardName
        text = try setting.readFile(self.path)
        let reading = Self.read(text, self.path, setting)
        if !reading.diagnostics.isEmpty { Console.write(reading.rendered, to: 2) }
        guard let plan = reading.plan else {
            let count = reading.diagnostics.count { $0.severity == .error } + reading.omitted
            let noun = count == 1 ? "error" : "errors"
            throw CommandError(
                "\(self.path): \(count) \(noun); nothing was run",
                exitCode: ExitCode.usage
            )
        }
        self.plan = plan
    }

    /// What is in it, and all that is wrong with it.
    static func read(_ text: [UInt8], _ path: String, _ setting: Setting) -> PipelineReading {
        let zones = ZoneFiles(environment: setting.environment)
        return PipelineReader.read(text, file: path, zones: zones.source)
    }

    /// The folder in which its steps work.
    func directory(_ setting: Setting) -> String {
        let absolute = setting.absolute(path)
        guard let slash = absolute.lastIndex(of: "/"), slash != absolute.startIndex else {
            return "/"
        }
        return String(absolute[..<slash])
    }
}
