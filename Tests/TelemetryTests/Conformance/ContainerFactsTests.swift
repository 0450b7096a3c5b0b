import Telemetry
import TestSupport
import Testing

/// The kernel's tables as container runtimes leave them, and as nobody should.
struct ContainerFactsTests {
    private static let id = "3d0f8f6cb4f1d7f1b3a9e1a4c5c0f2a1b7d94c8e6a2f1b0c9d8e7f6a5b4c3d2e"
    private static let other = String(repeating: "0a", count: 32)
    private static let uid = "2b0fa2b4-6c46-4b1f-9d3e-0f5d3a1c7e88"
    private static let underscored = "2b0fa2b4_6c46_4b1f_9d3e_0f5d3a1c7e88"

    private func facts(cgroup: String? = nil, mounts: [String] = []) -> ContainerFacts {
        ContainerFacts(
            cgroup: cgroup,
            mounts: mounts.isEmpty ? nil : mounts.joined(separator: "\n") + "\n",
            namespace: nil
        )
    }

    /// A line of mountinfo.
    private static func mount(_ root: String, _ point: String, _ kind: String = "ext4") -> String {
        "612 600 8:1 \(root) \(point) rw,relatime master:1 - \(kind) /dev/sda1 rw,errors=remount-ro"
    }

    @Test(
        arguments: [
            // Docker: cgroupfs, systemd, v2 with the host's namespace; inside another container.
            "12:memory:/docker/\(id)\n1:name=systemd:/docker/\(id)",
            "0::/system.slice/docker-\(id).scope",
            "11:cpu,cpuacct:/\n0::/docker/\(id)/system.slice/weir.service",
            "4:pids:/docker/\(other)/docker/\(id)",
            // containerd, as Kubernetes and as nerdctl start it.
            "5:devices:/kubepods/besteffort/pod\(uid)/\(id)",
            "0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod\(underscored).slice/"
                + "cri-containerd-\(id).scope",
            "9:cpuset:/system.slice/containerd.service/"
                + "kubepods-burstable-pod\(underscored).slice:cri-containerd:\(id)",
            "0::/system.slice/nerdctl-\(id).scope",
            // CRI-O, Podman with and without root.
            "0::/kubepods.slice/kubepods-pod\(underscored).slice/crio-\(id).scope",
            "0::/machine.slice/libpod-\(id).scope/container",
            "0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-\(id).scope",
            "2:freezer:/libpod_parent/libpod-\(id)",
            // ECS, and a namespace that begins beside the process.
            "3:blkio:/ecs/55091c13-b8cf-4801-b527-f4601742204d/\(id)",
            "0::/../cri-containerd-\(id).scope",
        ]
    )
    func `finds the container in a cgroup's path`(cgroup: String) {
        #expect(facts(cgroup: cgroup).id == Self.id)
    }

    @Test(
        arguments: [
            "0::/", "0::/user.slice/user-1000.slice/session-2.scope", "0::/init.scope",
            "1:name=systemd:/system.slice/weir.service", "",
            // Podman's own process, which is in no container.
            "0::/machine.slice/libpod-conmon-\(id).scope",
            // Nearly an id.
            "0::/docker/\(id.dropLast())", "0::/docker/\(id)0", "0::/docker/\(id.uppercased())",
            "0::/docker/\(id.dropLast())g", "0::\(id)0/", "\(id)", "::", ":", "0::",
        ]
    )
    func `finds none where there is none`(cgroup: String) {
        #expect(facts(cgroup: cgroup) == ContainerFacts())
    }

    @Test(
        arguments: [
            mount("/var/lib/docker/containers/\(id)/hostname", "/etc/hostname"),
            mount("/docker/containers/\(id)/resolv.conf", "/etc/resolv.conf"),
            mount(
                "/containers/storage/overlay-containers/\(id)/userdata/hosts",
                "/etc/hosts",
                "tmpfs"
            ),
            mount(
                "/srv/u/.local/share/containers/storage/overlay-containers/\(id)/userdata/hostname",
                "/etc/hostname"
            ),
            // The host's cgroups, seen from inside.
            mount("/system.slice/docker-\(id).scope", "/sys/fs/cgroup", "cgroup2"),
            mount("/docker/\(id)", "/sys/fs/cgroup/memory", "cgroup"),
        ]
    )
    func `finds the container in the mounts of cgroup v2`(line: String) {
        let root = Self.mount("/", "/", "overlay")
        #expect(facts(cgroup: "0::/", mounts: [root, line]).id == Self.id)
        #expect(facts(mounts: [line, root]).id == Self.id)
    }

    @Test(
        arguments: [
            // A host that runs containers: what is mounted elsewhere is not its own.
            mount("/var/lib/docker/containers/\(id)/mounts/shm", "/var/lib/docker/x"),
            mount("/", "/var/lib/docker/containers/\(id)/mounts/shm"),
            mount("/var/lib/docker/containers/\(id.dropLast())/hostname", "/etc/hostname"),
            mount("/\(id)/hostname", "/etc/hostname"),
            "612 600 8:1 /docker/containers/\(id)/hostname /etc/hostname rw", "", " ", "-",
            "1 2 3 4 5 6 7 8 9 -", String(repeating: "- ", count: 12),
        ]
    )
    func `finds none in other mounts`(line: String) {
        #expect(facts(mounts: [line]) == ContainerFacts())
    }

    @Test func `finds the pod by what the kubelet mounts, and not its sandbox`() {
        let kubelet = "/var/lib/kubelet/pods/\(Self.uid)"
        let sandbox = "/containerd/io.containerd.grpc.v1.cri/sandboxes/\(Self.other)/hostname"
        let mounts = [
            Self.mount("/", "/", "overlay"),
            Self.mount("\(kubelet)/etc-hosts", "/etc/hosts"),
            Self.mount("\(kubelet)/containers/weir/1a2b3c4d", "/dev/termination-log"),
            Self.mount(sandbox, "/etc/hostname"),
            Self.mount("/docker/containers/\(Self.other)/resolv.conf", "/etc/resolv.conf"),
        ]
        var expected = ContainerFacts()
        expected.podUID = Self.uid
        expected.name = "weir"
        #expect(facts(cgroup: "0::/", mounts: mounts) == expected)
        expected.id = Self.id
        let cgroup = "0::/kubepods/burstable/pod\(Self.uid)/\(Self.id)"
        #expect(facts(cgroup: cgroup, mounts: mounts) == expected)
    }

    @Test(
        arguments: [
            "3:pids:/kubepods/pod\(uid)/\(id)",
            "0::/kubepods.slice/kubepods-besteffort-pod\(underscored).slice/crio-\(id).scope",
            "9:cpu:/kubepods-pod\(underscored).slice:cri-containerd:\(id)",
        ]
    )
    func `finds the pod in a cgroup's path`(cgroup: String) {
        #expect(facts(cgroup: cgroup).podUID == Self.uid)
    }

    @Test(
        arguments: [
            // A static pod: a hash of its file, which the API server does not know it by.
            "0::/kubepods/burstable/podc3d3a9b9d0e9f1e7d7f1f0f0c0ffee00/\(id)",
            "0::/kubepods/pod\(uid.dropLast())/\(id)", "0::/user/pod\(uid)/x",
            "0::/kubepods/pod\(uid.uppercased())/x", "0::/kubepods/xpo\(uid)/x",
        ]
    )
    func `takes no other name for a pod's`(cgroup: String) {
        #expect(facts(cgroup: cgroup).podUID == nil)
    }

    @Test(
        arguments: [
            ("prod", "prod"), ("team-a\n", "team-a"), ("", nil), ("\n", nil), ("Prod", nil),
            ("a/b", nil), ("naïve", nil),
            (String(repeating: "a", count: 63), String(repeating: "a", count: 63)),
            (String(repeating: "a", count: 64), nil), ("a\u{0}b", nil),
        ] as [(String, String?)]
    )
    func `reads the namespace of the service account`(text: String, namespace: String?) {
        let facts = ContainerFacts(cgroup: nil, mounts: nil, namespace: text)
        #expect(facts.namespace == namespace)
    }

    @Test func `never traps on damaged tables`() {
        var random = SeededRandom(seed: 21)
        let cgroup = Array("0::/kubepods/pod\(Self.uid)/cri-containerd-\(Self.id).scope".utf8)
        let mounts = Array(
            Self.mount(
                "/var/lib/kubelet/pods/\(Self.uid)/containers/weir/1",
                "/dev/termination-log"
            ).utf8
        )
        for _ in 0..<4_000 {
            let tables = [cgroup, mounts].map { table in
                var bytes = table
                for _ in 0...Int.random(in: 0..<4, using: &random) {
                    let place = Int.random(in: 0..<bytes.count, using: &random)
                    bytes[place] = UInt8.random(in: 0...255, using: &random)
                }
                return String(
                    decoding: bytes.prefix(.random(in: 0...bytes.count, using: &random)),
                    as: UTF8.self
                )
            }
            let facts = ContainerFacts(cgroup: tables[0], mounts: tables[1], namespace: tables[0])
            #expect(facts.id.map { $0.utf8.count == 64 } ?? true)
            #expect(facts.podUID.map { $0.utf8.count == 36 } ?? true)
        }
    }
}
