import Agent
import Glibc
import Telemetry
import TestSupport
import Testing

/// The files that a process in a container reads of itself.
struct ContainerDetectionTests {
    private let root = TemporaryDirectory()

    private func make(_ folders: String...) {
        for folder in folders { mkdir("\(root.path)/\(folder)", 0o700) }
    }

    private func facts() -> ContainerFacts {
        ResourceDetection.facts(version: "1", stateFolder: "/s", root: root.path).container
    }

    @Test func `reads cgroup, mountinfo and the service account`() {
        make("proc", "proc/self", "var", "var/run", "var/run/secrets")
        make("var/run/secrets/kubernetes.io", "var/run/secrets/kubernetes.io/serviceaccount")
        let id = String(repeating: "5e", count: 32)
        let uid = "2b0fa2b4-6c46-4b1f-9d3e-0f5d3a1c7e88"
        root.write("proc/self/cgroup", "0::/kubepods/burstable/pod\(uid)/\(id)\n")
        let mount = "/var/lib/kubelet/pods/\(uid)/containers/weir/1a2b /dev/termination-log"
        root.write("proc/self/mountinfo", "1 2 8:1 \(mount) rw - ext4 /dev/sda1 rw\n")
        root.write("var/run/secrets/kubernetes.io/serviceaccount/namespace", "prod")
        var expected = ContainerFacts()
        expected.id = id
        expected.name = "weir"
        expected.podUID = uid
        expected.namespace = "prod"
        #expect(facts() == expected)
    }

    @Test func `finds nothing where nothing is`() {
        #expect(facts() == ContainerFacts())
        make("proc", "proc/self")
        root.write("proc/self/cgroup", "")
        // Not text, and not a file.
        root.write("proc/self/mountinfo", "\u{0}\u{1}\n\n - \n")
        make("proc/self/namespace")
        #expect(facts() == ContainerFacts())
    }

    @Test func `a huge table is read as far as it may matter`() {
        make("proc", "proc/self")
        let line = "1 2 8:1 / /mnt rw - ext4 /dev/sda1 rw\n"
        root.write("proc/self/mountinfo", String(repeating: line, count: 100_000))
        #expect(facts() == ContainerFacts())
    }
}
