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
    private var resolved: [String: String] = [:]

    mutating func spawn(_ request: LaunchRequest) throws(LaunchError) -> SpawnedProcess {
        let program = try resolve(request)
        var pipes: (out: [Int32], err: [Int32]) = ([-1, -1], [-1, -1])
        if request.isCaptured {
            pipes.out = try Self.makePipe()
            do { pipes.err = try Self.makePipe() } catch {
                Self.close(pipes.out)
                throw error
            }
        }
        let (code, pid) = Self.start(program, request, pipes.out[1], pipes.err[1])
        Self.close([pipes.out[1], pipes.err[1]])
        guard code == 0 else {
            Self.close([pipes.out[0], pipes.err[0]])
            throw Self.describe(code, request)
        }
        let pidfd = weir_pidfd_open(pid)
        guard pidfd >= 0 else {
            // Nothing could tell us of its end: it must not exist.
            let error = LaunchError(description: "pidfd_open: \(systemErrorText(errno))")
            _ = kill(-pid, SIGKILL)
            _ = waitpid(pid, nil, 0)
            Self.close([pipes.out[0], pipes.err[0]])
            throw error
        }
        return SpawnedProcess(
            pid: pid,
            pidfd: pidfd,
            stdout: pipes.out[0],
            stderr: pipes.err[0],
            program: request.arguments[0]
        )
    }

    // MARK: - posix_spawn

    private static func start(
        _ program: String,
        _ request: LaunchRequest,
        _ stdout: Int32,
        _ stderr: Int32
    ) -> (Int32, Int32) {
        var attributes = posix_spawnattr_t()
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawnattr_init(&attributes)
        unsafe posix_spawn_file_actions_init(&actions)
        defer {
            unsafe posix_spawnattr_destroy(&attributes)
            unsafe posix_spawn_file_actions_destroy(&actions)
        }
        setSignals(&attributes)
        if request.isCaptured {
            unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
            unsafe posix_spawn_file_actions_adddup2(&actions, stdout, 1)
            unsafe posix_spawn_file_actions_adddup2(&actions, stderr, 2)
        }
        _ = unsafe posix_spawn_file_actions_addchdir_np(&actions, request.directory)
        _ = unsafe posix_spawn_file_actions_addclosefrom_np(&actions, 3)
        var pid: pid_t = 0
        let code = unsafe EnvironmentBlock.withArguments(request.arguments) { arguments in
            unsafe request.environment.withPointers { environment in
                unsafe posix_spawn(&pid, program, &actions, &attributes, arguments, environment)
            }
        }
        return (code, pid)
    }

    /// A child that inherited our blocked SIGTERM could not be asked to stop, and an ignored
    /// SIGPIPE would change what shells do.
    private static func setSignals(_ attributes: inout posix_spawnattr_t) {
        var all = sigset_t()
        var none = sigset_t()
        unsafe sigfillset(&all)
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigdefault(&attributes, &all)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
        unsafe posix_spawnattr_setflags(&attributes, Int16(truncatingIfNeeded: flags))
    }

    private static func makePipe() throws(LaunchError) -> [Int32] {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe2(&ends, O_CLOEXEC) == 0 else {
            throw LaunchError(description: "pipe: \(systemErrorText(errno))")
        }
        // Only our end: a child must be able to wait for a slow reader.
        _ = weir_fcntl(ends[0], F_SETFL, O_NONBLOCK)
        return ends
    }

    static func close(_ descriptors: [Int32]) {
        for descriptor in descriptors where descriptor >= 0 { _ = Glibc.close(descriptor) }
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

    /// `posix_spawn` gives one number for all it does; find out what it was about.
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
