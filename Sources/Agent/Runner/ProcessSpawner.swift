import CLinux
import Glibc
import Transport

/// What to start.
struct LaunchRequest {
    /// argv; the first word is looked up in the child's own PATH.
    var arguments: [String]
    var environment: EnvironmentBlock
    /// Absolute; where the child works.
    var directory: String
    /// Where the child may leave its outputs.
    var outputPath: String
    /// False for `weir exec`: the child has our own standard streams.
    var isCaptured = true
}

/// A process that was started: its descriptors belong to whoever holds this value.
struct SpawnedProcess {
    var pid: Int32
    var pidfd: Int32
    /// Read ends, non-blocking; -1 when the streams are not captured.
    var stdout: Int32 = -1
    var stderr: Int32 = -1
    var program: String
}

/// Why no process came to be.
struct LaunchError: Error, CustomStringConvertible {
    var description: String
}

/// Starts processes the one way Weir does: own process group, default signals, nothing inherited
/// but what is meant to be.
struct ProcessSpawner: ~Copyable {
    /// What children get in place of ours; `nil`: ours is as it was.
    private let openFiles: OpenFilesLimit?
    private var resolved: [String: String] = [:]
    /// Made with the first child: its standard input, and the stack it has until it executes.
    private var supplies: Supplies?

    /// - Parameter openFiles: The limit that children get; `nil`: this process's own.
    init(openFiles: OpenFilesLimit? = nil) {
        self.openFiles = openFiles
    }

    mutating func spawn(_ request: LaunchRequest) throws(LaunchError) -> SpawnedProcess {
        let program = try resolve(request)
        let supplies = try prepare()
        var spawn = unsafe weir_spawn()
        unsafe spawn.reset = supplies.signalsToReset
        unsafe spawn.standard = (-1, -1, -1)
        if let openFiles { unsafe spawn.open_files = (openFiles.soft, openFiles.hard) }
        guard request.isCaptured else {
            return try unsafe Self.start(program, request, &spawn, supplies)
        }
        let out = try Pipe()
        let err = try Pipe()
        unsafe spawn.standard = (supplies.null.number, out.write.number, err.write.number)
        var process = try unsafe Self.start(program, request, &spawn, supplies)
        process.stdout = out.read.release()
        process.stderr = err.read.release()
        return process
    }

    private mutating func prepare() throws(LaunchError) -> Supplies {
        if let supplies { return supplies }
        let made = try Supplies()
        supplies = made
        return made
    }

    private static func start(
        _ program: String,
        _ request: LaunchRequest,
        _ spawn: inout weir_spawn,
        _ supplies: Supplies
    ) throws(LaunchError) -> SpawnedProcess {
        var pidfd: Int32 = -1
        let pid = unsafe EnvironmentBlock.withArguments(request.arguments) { arguments in
            unsafe request.environment.withPointers { environment in
                unsafe program.withCString { program in
                    unsafe request.directory.withCString { directory in
                        unsafe spawn.program = program
                        unsafe spawn.directory = directory
                        unsafe spawn.arguments = UnsafePointer(arguments)
                        unsafe spawn.environment = UnsafePointer(environment)
                        return MemoryFloor.whileNobodyLowers {
                            unsafe weir_spawn(&spawn, supplies.stack, Supplies.stackBytes, &pidfd)
                        }
                    }
                }
            }
        }
        guard pid > 0 else { throw describe(unsafe spawn.error, request) }
        return SpawnedProcess(pid: pid, pidfd: pidfd, program: request.arguments[0])
    }

    // MARK: - Finding the program

    /// POSIX.1-2017 XBD 8.3: a name without a slash is looked up in PATH; here in the child's.
    private mutating func resolve(_ request: LaunchRequest) throws(LaunchError) -> String {
        guard let name = request.arguments.first, !name.isEmpty else {
            throw LaunchError(description: "the command is empty")
        }
        guard !name.contains("/") else { return name }
        let path = request.environment.value(of: "PATH") ?? "/usr/local/bin:/usr/bin:/bin"
        let key = path + "\0" + name
        if let program = resolved[key] { return program }
        var isForbidden = false
        for folder in path.split(separator: ":", omittingEmptySubsequences: false) {
            let directory = folder.isEmpty ? request.directory : String(folder)
            let candidate = directory + "/" + name
            guard unsafe access(candidate, F_OK) == 0 else { continue }
            if unsafe access(candidate, X_OK) == 0 {
                // Programs come and go, but not between two attempts of one run.
                if directory.hasPrefix("/"), resolved.count < 1_024 { resolved[key] = candidate }
                return candidate
            }
            isForbidden = true
        }
        throw LaunchError(
            description: isForbidden
                ? "cannot start `\(name)`: found in PATH, but it is not executable"
                : "cannot start `\(name)`: no such program in PATH (\(path))"
        )
    }

    /// One number stands for all that the child did before it executed; find out what it was about.
    private static func describe(_ code: Int32, _ request: LaunchRequest) -> LaunchError {
        let name = request.arguments.first ?? ""
        var status = stat()
        if unsafe stat(request.directory, &status) != 0 || status.st_mode & S_IFMT != S_IFDIR {
            return LaunchError(
                description:
                    "cannot start `\(name)`: its folder \(request.directory) does not exist"
            )
        }
        switch code {
        case E2BIG:
            return LaunchError(
                description: "cannot start `\(name)`: arguments and environment are too large"
            )
        case ENOENT where unsafe access(name, F_OK) == 0:
            return LaunchError(description: "cannot start `\(name)`: its interpreter is missing")
        default:
            return LaunchError(description: "cannot start `\(name)`: \(systemErrorText(code))")
        }
    }
}

/// What every child needs and none uses up.
@safe private final class Supplies {
    /// The standard input of those whose streams are captured.
    let null: FileDescriptor
    let stack: UnsafeMutableRawPointer
    let signalsToReset: UInt64
    /// The child calls a handful of functions and the kernel; the rest is room for signal frames.
    static let stackBytes = 65_536

    init() throws(LaunchError) {
        let number = unsafe weir_open("/dev/null", O_RDONLY | O_CLOEXEC, 0)
        guard number >= 0 else {
            throw LaunchError(description: "cannot open /dev/null: \(systemErrorText(errno))")
        }
        null = FileDescriptor(number)
        unsafe stack = .allocate(byteCount: Self.stackBytes, alignment: 64)
        signalsToReset = weir_signals_to_reset()
    }

    deinit { unsafe stack.deallocate() }
}

/// A pipe from a child to us.
private struct Pipe: ~Copyable {
    var read: FileDescriptor
    var write: FileDescriptor

    init() throws(LaunchError) {
        var ends: (Int32, Int32) = (-1, -1)
        guard unsafe weir_pipe(&ends.0, &ends.1) == 0 else {
            throw LaunchError(description: "pipe: \(systemErrorText(errno))")
        }
        read = FileDescriptor(ends.0)
        write = FileDescriptor(ends.1)
    }
}
