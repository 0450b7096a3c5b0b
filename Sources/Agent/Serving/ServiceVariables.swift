/// What a service manager says by variables, as read (sd_notify(3), sd_watchdog_enabled(3),
/// sd_listen_fds(3)).
struct ServiceVariables: Hashable, Sendable {
    /// Where messages go: an absolute path, or `@` and an abstract name.
    var socket: String?
    /// How often a sign of life is due: half of the time after which the manager acts.
    var beat: Duration?
    /// Descriptors that are handed over, by number, with their names as far as they have one.
    var descriptors: [Descriptor] = []
    /// What cannot be obeyed, for people.
    var warnings: [String] = []

    struct Descriptor: Hashable, Sendable {
        var number: Int32
        var name: String?
    }

    /// The first that is handed over (SD_LISTEN_FDS_START).
    private static let firstDescriptor: Int32 = 3
    private static let descriptorsMax = 1_024
    /// The loop's own deadlines are no finer; what is shorter would have it spin.
    private static let beatMin = Duration.milliseconds(20)

    /// - Parameters:
    ///   - environment: Of this process.
    ///   - pid: Its own id: variables that name another one were meant for another one.
    init(_ environment: [String: String], pid: Int32) {
        // Empty is as good as unset, as everywhere.
        let given = environment.filter { !$0.value.isEmpty }
        readSocket(given["NOTIFY_SOCKET"])
        readWatchdog(given, pid)
        readDescriptors(given, pid)
    }

    private mutating func readSocket(_ text: String?) {
        guard let text else { return }
        if text.hasPrefix("vsock:") {
            warnings.append("NOTIFY_SOCKET=\(text): vsock is not supported yet; nobody is notified")
        } else if (text.hasPrefix("/") || text.hasPrefix("@")) && text.utf8.count > 1 {
            socket = text
        } else {
            warnings.append(
                "NOTIFY_SOCKET=\(text): an absolute path or @NAME is meant; nobody is notified"
            )
        }
    }

    private mutating func readWatchdog(_ given: [String: String], _ pid: Int32) {
        guard let text = given["WATCHDOG_USEC"], isOurs("WATCHDOG_PID", given, pid) ?? true else {
            return
        }
        guard let limit = Self.number(text, Int64.self), limit > 0 else {
            warnings.append(
                "WATCHDOG_USEC=\(text): a number of microseconds is meant; no watchdog is kept"
            )
            return
        }
        beat = max(Self.beatMin, .microseconds(limit / 2))
    }

    private mutating func readDescriptors(_ given: [String: String], _ pid: Int32) {
        guard let text = given["LISTEN_FDS"], isOurs("LISTEN_PID", given, pid) ?? false else {
            return
        }
        guard let count = Self.number(text, Int.self), count <= Self.descriptorsMax else {
            warnings.append(
                "LISTEN_FDS=\(text): a number up to \(Self.descriptorsMax) is meant; "
                    + "no socket is taken over"
            )
            return
        }
        let names = (given["LISTEN_FDNAMES"] ?? "").split(
            separator: ":",
            omittingEmptySubsequences: false
        )
        descriptors = (0..<count).map { place in
            let name = place < names.count ? String(names[place]) : ""
            return Descriptor(
                number: Self.firstDescriptor + Int32(place),
                name: name.isEmpty ? nil : name
            )
        }
    }

    /// - Returns: `nil` when the variable is not set.
    private mutating func isOurs(
        _ name: String,
        _ given: [String: String],
        _ pid: Int32
    ) -> Bool? {
        guard let text = given[name] else { return nil }
        guard let number = Self.number(text, Int32.self) else {
            warnings.append("\(name)=\(text): a process id is meant; what it is about is not done")
            return false
        }
        return number == pid
    }

    /// Digits alone: a sign or a blank is a mistake of somebody.
    private static func number<Number: FixedWidthInteger>(
        _ text: String,
        _ type: Number.Type
    ) -> Number? {
        text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            ? Number(text) : nil
    }
}
