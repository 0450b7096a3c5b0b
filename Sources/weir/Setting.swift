import Agent
import CLinux
import Glibc
import Journal
import Pipeline
import Telemetry
import Transport

/// What every command that touches runs begins with.
struct Setting {
    let environment = Console.environment

    func state() throws -> StateFolder {
        try StateFolder(environment: environment, workingFolder: workingFolder)
    }

    var workingFolder: String {
        guard let path = getcwd(nil, 0) else { return "/" }
        defer { free(path) }
        return String(cString: path)
    }

    /// The terminal's local time, for people.
    var utcOffset: Int {
        var now = time(nil)
        var local = tm()
        localtime_r(&now, &local)
        return local.tm_gmtoff
    }

    /// What the given stream can show.
    func style(of descriptor: Int32) -> TerminalStyle {
        let isTerminal = Console.isTerminal(descriptor)
        let size = Console.size(of: descriptor)
        return TerminalStyle(
            isTerminal: isTerminal,
            environment: environment,
            columns: size?.columns ?? 80
        )
    }

    /// What runs of this process carry, and what is wrong with the environment's wishes.
    ///
    /// From here on this process may have as many descriptors open as the system lets it.
    func runSetting(state: StateFolder) -> (RunSetting, [String]) {
        let telemetry = OTelConfiguration(environment: environment)
        let facts = ResourceDetection.facts(version: WeirVersion.text, stateFolder: state.path)
        let setting = RunSetting(
            environment: environment,
            telemetry: telemetry,
            resource: facts.resource(telemetry),
            openFiles: OpenFilesLimit.raise()
        )
        return (setting, telemetry.warnings.map(\.description))
    }

    /// Random bits for a run's id (getrandom(2)).
    func newRunID() -> RunID {
        var low: UInt64 = 0
        var high: UInt16 = 0
        while getrandom(&low, 8, 0) != 8 {}
        while getrandom(&high, 2, 0) != 2 {}
        return RunID(startedAt: RunClock.wallNow, random: (high, low))
    }

    /// A file's bytes, with an error that names it.
    func readFile(_ path: String) throws -> [UInt8] {
        let number = open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else {
            throw CommandError("\(path): \(systemErrorText(errno))", exitCode: ExitCode.usage)
        }
        let descriptor = FileDescriptor(number)
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while bytes.count <= Limits.specBytes {
            let count = read(descriptor.number, &buffer, buffer.count)
            guard count >= 0 else {
                throw CommandError("\(path): \(systemErrorText(errno))", exitCode: ExitCode.usage)
            }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
        let limit = Limits.specBytes >> 20
        throw CommandError("\(path): larger than \(limit) MiB", exitCode: ExitCode.usage)
    }

    func absolute(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else {
            return path.hasPrefix("/") ? path : workingFolder + "/" + path
        }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
