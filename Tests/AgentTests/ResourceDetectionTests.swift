import Agent
import Glibc
import Telemetry
import TestSupport
import Testing

struct ResourceDetectionTests {
    @Test func `finds what this machine says of itself`() {
        let facts = ResourceDetection.facts(version: "1.2.3", stateFolder: "/state")
        #expect(facts.version == "1.2.3")
        #expect(facts.processID == getpid())
        #expect(facts.hostName?.isEmpty == false)
        #expect(["amd64", "arm64"].contains(facts.hostArchitecture))
        #expect(facts.executablePath?.hasPrefix("/") == true)
        #expect(facts.executableName?.contains("/") == false)
        #expect(facts.processOwner?.isEmpty == false)
        let creation = facts.processCreation ?? ""
        #expect(creation.wholeMatch(of: /20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d\dZ/) != nil)
    }

    @Test func `leaves out what cannot be found`() {
        let facts = ResourceDetection.facts(version: "1", stateFolder: "/s", root: "/nowhere")
        #expect(facts.hostID == nil)
        #expect(facts.osName == nil)
        #expect(facts.processCreation == nil)
        #expect(facts.executablePath == nil)
        #expect(facts.executableName == nil)
        #expect(facts.processOwner == String(geteuid()))
    }

    @Test func `reads the files of the machine as they are`() {
        let root = TemporaryDirectory()
        for folder in ["etc", "proc", "proc/self"] { mkdir("\(root.path)/\(folder)", 0o700) }
        root.write("etc/machine-id", "0123456789abcdef0123456789abcdef\n")
        let release = """
            # comment
            NAME="Some Linux"
            VERSION_ID='12'
            PRETTY_NAME="Some Linux 12 (large)"
            EMPTY=
            BROKEN
            """
        root.write("etc/os-release", release)
        root.write("etc/passwd", "other:x:99999:\nme:x:\(geteuid()):0::/:/bin/sh\n")
        root.write("proc/stat", "cpu 1 2 3\nbtime 1767225600\nprocesses 9\n")
        let ticks = 3 * sysconf(Int32(_SC_CLK_TCK)) + sysconf(Int32(_SC_CLK_TCK)) / 4
        let fields = [String](repeating: "0", count: 18).joined(separator: " ")
        root.write("proc/self/stat", "1 (a) b) S \(fields) \(ticks) 0 0")
        let facts = ResourceDetection.facts(version: "1", stateFolder: "/s", root: root.path)
        #expect(facts.hostID == "0123456789abcdef0123456789abcdef")
        #expect(facts.osName == "Some Linux")
        #expect(facts.osVersion == "12")
        #expect(facts.osDescription == "Some Linux 12 (large)")
        #expect(facts.processOwner == "me")
        #expect(facts.processCreation == "2026-01-01T00:00:03.250Z")
    }
}
