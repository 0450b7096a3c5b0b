/// What a process can tell of the container it is in, and of the pod, from the kernel's tables.
///
/// Whoever is in no container finds nothing, and that is no error (OTel resource SDK, detectors).
package struct ContainerFacts: Hashable, Sendable {
    /// 64 hexadecimal digits, as Docker, containerd, CRI-O and Podman name a container.
    package var id: String?
    /// The container's name in its pod's specification.
    package var name: String?
    /// The API server's UUID; a pod that only its node knows (static) has none.
    package var podUID: String?
    package var namespace: String?

    /// Nothing is known.
    package init() {}

    /// Reads what a process sees of itself; each is `nil` where the file does not exist.
    ///
    /// - Parameters:
    ///   - cgroup: `/proc/self/cgroup`: the whole path under cgroup v1, and under v2 without a
    ///     namespace of its own.
    ///   - mounts: `/proc/self/mountinfo`: what else tells of it under cgroup v2.
    ///   - namespace: `/var/run/secrets/kubernetes.io/serviceaccount/namespace`.
    package init(cgroup: String?, mounts: String?, namespace: String?) {
        let paths = (cgroup.map(Self.lines) ?? []).compactMap(Self.cgroupPath)
        let table = (mounts.map(Self.lines) ?? []).compactMap(Mount.init)
        let groups = paths + table.filter(\.isCgroup).map(\.root)
        id = groups.lazy.compactMap(Self.container).first
        podUID = groups.lazy.compactMap(Self.pod).first
        for mount in table {
            guard let pod = mount.pod else { continue }
            podUID = podUID ?? pod.uid
            name = name ?? pod.container
        }
        let isPod = podUID != nil || groups.contains { $0.contains("kubepods") }
        if !isPod { id = id ?? table.lazy.compactMap(\.container).first }
        self.namespace = namespace.flatMap { $0.split(whereSeparator: \.isWhitespace).first }
            .flatMap { Self.isLabel($0) ? String($0) : nil }
    }

    private static func lines(_ text: String) -> [Substring] {
        text.split(separator: "\n")
    }

    /// `hierarchy:controllers:path`; the path may hold colons itself.
    private static func cgroupPath(_ line: Substring) -> Substring? {
        let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        return fields.count == 3 ? fields[2] : nil
    }

    /// The container's id in a cgroup's path; the innermost counts, since containers nest.
    ///
    /// The last part names it behind what its runtime puts there: `docker-<id>.scope`,
    /// `cri-containerd-<id>.scope`, `crio-<id>.scope`, `libpod-<id>.scope`, `…:cri-containerd:<id>`,
    /// or `<id>` alone. Podman's own process beside it (`libpod-conmon-<id>`) is not in it.
    private static func container(_ path: Substring) -> String? {
        for part in path.split(separator: "/").reversed() {
            guard !part.contains("conmon") else { return nil }
            let name = part.hasSuffix(".scope") ? part.dropLast(6) : part
            let id = name.split { $0 == "-" || $0 == ":" }.last ?? name
            if isID(id) { return String(id) }
        }
        return nil
    }

    /// `…/pod<uid>/…`, or systemd's `…-pod<uid with underscores>.slice`.
    private static func pod(_ path: Substring) -> String? {
        guard path.contains("kubepods") else { return nil }
        for part in path.split(whereSeparator: { $0 == "/" || $0 == ":" }) {
            let name = part.hasSuffix(".slice") ? part.dropLast(6) : part
            guard name.count >= 39, name.dropLast(36).hasSuffix("pod") else { continue }
            let uid = String(name.suffix(36).map { $0 == "_" ? "-" : $0 })
            if isUUID(uid) { return uid }
        }
        return nil
    }

    fileprivate static func isID(_ text: Substring) -> Bool {
        text.utf8.count == 64 && text.utf8.allSatisfy(isHexDigit)
    }

    fileprivate static func isUUID(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        return parts.map(\.utf8.count) == [8, 4, 4, 4, 12]
            && parts.allSatisfy { $0.utf8.allSatisfy(isHexDigit) }
    }

    /// A name as Kubernetes has them (RFC 1123): at most 63 of `a-z`, `0-9`, `-`.
    fileprivate static func isLabel(_ text: Substring) -> Bool {
        (1...63).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || isDigit(byte)
                    || byte == UInt8(ascii: "-")
            }
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}

/// A line of `/proc/self/mountinfo` (proc_pid_mountinfo(5)).
private struct Mount {
    /// Where in its own file system the mount begins.
    let root: Substring
    let point: Substring
    let isCgroup: Bool

    /// `id parent device root point options optional… - type source …`.
    init?(_ line: Substring) {
        let fields = line.split(separator: " ")
        guard fields.count >= 10, let dash = fields[6...].firstIndex(of: "-"),
            fields.indices.contains(dash + 1)
        else { return nil }
        root = fields[3]
        point = fields[4]
        isCgroup = fields[dash + 1] == "cgroup" || fields[dash + 1] == "cgroup2"
    }

    /// The container whose files a runtime has put over `/etc/hostname` and the like; in a pod they
    /// are those of its sandbox, which is another container.
    var container: String? {
        guard ["/etc/hostname", "/etc/hosts", "/etc/resolv.conf"].contains(point) else {
            return nil
        }
        let parts = root.split(separator: "/")
        guard let place = parts.lastIndex(where: { $0.hasSuffix("containers") }),
            parts.indices.contains(place + 1), ContainerFacts.isID(parts[place + 1])
        else { return nil }
        return String(parts[place + 1])
    }

    /// What the kubelet mounts into every container: `…/pods/<uid>/etc-hosts` and
    /// `…/pods/<uid>/containers/<name>/<file>`.
    var pod: (uid: String, container: String?)? {
        let parts = root.split(separator: "/")
        guard let place = parts.lastIndex(of: "pods"), parts.count > place + 2,
            ContainerFacts.isUUID(String(parts[place + 1]))
        else { return nil }
        let uid = String(parts[place + 1])
        switch (point, parts[place + 2], parts.count - place) {
        case ("/etc/hosts", "etc-hosts", 3): return (uid, nil)
        case ("/dev/termination-log", "containers", 5)
        where ContainerFacts.isLabel(parts[place + 3]):
            return (uid, String(parts[place + 3]))
        default: return nil
        }
    }
}
