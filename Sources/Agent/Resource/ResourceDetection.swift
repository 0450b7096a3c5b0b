import Glibc
package import Telemetry

/// Finds out what a run's resource says of this process and its machine.
///
/// Nothing here fails: what cannot be found is left out (OTel resource SDK, detectors). No name
/// service is asked, since a directory that hangs must not hold up a run.
package enum ResourceDetection {
    /// The facts of this process; `root` stands before every path that is read, in tests.
    package static func facts(
        version: String,
        stateFolder: String,
        root: String = ""
    ) -> ResourceFacts {
        var facts = ResourceFacts(version: version, processID: getpid(), stateFolder: stateFolder)
        describeHost(&facts, root)
        describeSystem(&facts, root)
        describeProcess(&facts, root)
        facts.container = ContainerFacts(
            cgroup: contents(root + "/proc/self/cgroup"),
            mounts: contents(root + "/proc/self/mountinfo"),
            namespace: contents(root + "/var/run/secrets/kubernetes.io/serviceaccount/namespace")
        )
        return facts
    }

    private static func describeHost(_ facts: inout ResourceFacts, _ root: String) {
        let host = kernelNames()
        facts.hostName = host?.node
        facts.hostArchitecture = host.map { architecture($0.machine) }
        facts.hostID = ["/etc/machine-id", "/var/lib/dbus/machine-id"].lazy
            .compactMap { firstLine(root + $0) }
            .first { $0.utf8.count == 32 }
    }

    private static func describeSystem(_ facts: inout ResourceFacts, _ root: String) {
        let text = contents(root + "/etc/os-release") ?? contents(root + "/usr/lib/os-release")
        let release = text.map(assignments) ?? [:]
        facts.osName = release["NAME"]
        facts.osVersion = release["VERSION_ID"]
        facts.osDescription = release["PRETTY_NAME"]
    }

    private static func describeProcess(_ facts: inout ResourceFacts, _ root: String) {
        facts.processCreation = creation(root)
        facts.executablePath = link(root + "/proc/self/exe")
        facts.executableName = facts.executablePath.flatMap { path in
            path.split(separator: "/").last.map(String.init)
        }
        facts.processOwner = owner(geteuid(), root)
    }

    // MARK: What is made of the texts

    /// The words of the semantic conventions for what the kernel calls otherwise.
    static func architecture(_ machine: String) -> String {
        switch machine {
        case "x86_64": "amd64"
        case "aarch64": "arm64"
        case "i386", "i486", "i586", "i686": "x86"
        case "ppc64le": "ppc64"
        case let name where name.hasPrefix("armv"): "arm32"
        case let name: name
        }
    }

    /// The lines `KEY=value` of os-release, quotation marks taken off.
    static func assignments(_ text: String) -> [String: String] {
        var values: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, !line.hasPrefix("#") else { continue }
            var value = parts[1]
            if let mark = value.first, "\"'".contains(mark), value.last == mark, value.count > 1 {
                value = value.dropFirst().dropLast()
            }
            values[String(parts[0])] = String(value)
        }
        return values
    }

    /// Boot time plus field 22 of `/proc/self/stat`, in UTC with milliseconds.
    private static func creation(_ root: String) -> String? {
        let boot = contents(root + "/proc/stat")?.split(separator: "\n")
            .first { $0.hasPrefix("btime ") }
            .flatMap { Int64($0.dropFirst(6)) }
        // The command's name stands in parentheses and may hold anything, so fields count from
        // the last of them.
        let status = contents(root + "/proc/self/stat")?.split(separator: ")").last
        guard let boot, let fields = status?.split(separator: " "), fields.count > 19,
            let ticks = Int64(fields[19])
        else { return nil }
        let perSecond = Int64(max(1, sysconf(Int32(_SC_CLK_TCK))))
        var seconds = time_t(boot + ticks / perSecond)
        let milliseconds = ticks % perSecond * 1_000 / perSecond
        var parts = unsafe tm()
        guard unsafe gmtime_r(&seconds, &parts) != nil else { return nil }
        var buffer = [CChar](repeating: 0, count: 32)
        let count = unsafe strftime(&buffer, buffer.count, "%Y-%m-%dT%H:%M:%S", &parts)
        let fraction = String(milliseconds + 1_000).dropFirst()
        return count == 0 ? nil : "\(text(buffer.prefix(count))).\(fraction)Z"
    }

    /// The name that `/etc/passwd` has for the user, else the number.
    private static func owner(_ user: uid_t, _ root: String) -> String {
        let number = String(user)
        for line in contents(root + "/etc/passwd")?.split(separator: "\n") ?? [] {
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            if fields.count > 2, fields[2] == number { return String(fields[0]) }
        }
        return number
    }

    // MARK: Where the texts come from

    private static func kernelNames() -> (node: String, machine: String)? {
        var names = utsname()
        guard unsafe uname(&names) == 0 else { return nil }
        return (text(of: names.nodename), text(of: names.machine))
    }

    /// A C array of characters up to its first zero.
    private static func text<Characters>(of characters: Characters) -> String {
        unsafe withUnsafeBytes(of: characters) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    private static func firstLine(_ path: String) -> String? {
        contents(path)?.split(whereSeparator: \.isNewline).first.map(String.init)
    }

    /// The first 64 KiB of a file.
    private static func contents(_ path: String) -> String? {
        guard let file = unsafe fopen(path, "re") else { return nil }
        defer { unsafe _ = fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        let count = unsafe fread(&bytes, 1, bytes.count, file)
        return count == 0 ? nil : String(decoding: bytes.prefix(count), as: UTF8.self)
    }

    private static func link(_ path: String) -> String? {
        var characters = [CChar](repeating: 0, count: 4_096)
        let count = unsafe readlink(path, &characters, characters.count)
        return count <= 0 ? nil : text(characters.prefix(count))
    }

    private static func text(_ characters: some Sequence<CChar>) -> String {
        String(decoding: characters.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
