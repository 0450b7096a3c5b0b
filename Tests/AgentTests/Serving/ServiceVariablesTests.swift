import Testing

@testable import Agent

struct ServiceVariablesTests {
    private func read(_ environment: [String: String]) -> ServiceVariables {
        ServiceVariables(environment, pid: 42)
    }

    @Test func `nothing set is nothing to do`() {
        #expect(read([:]) == read(["NOTIFY_SOCKET": "", "WATCHDOG_USEC": "", "LISTEN_FDS": ""]))
        #expect(read([:]).socket == nil && read([:]).beat == nil)
        #expect(read([:]).warnings == [] && read([:]).descriptors == [])
    }

    @Test(arguments: ["/run/systemd/notify", "@weir", "@/abstract/name"])
    func `a path and an abstract name are taken`(name: String) {
        #expect(read(["NOTIFY_SOCKET": name]).socket == name)
        #expect(read(["NOTIFY_SOCKET": name]).warnings == [])
    }

    @Test(arguments: ["vsock:2:1234", "run/notify", "/", "@", "unix:/run/notify"])
    func `a socket that cannot be used is warned about once`(name: String) {
        let variables = read(["NOTIFY_SOCKET": name])
        #expect(variables.socket == nil)
        #expect(variables.warnings.count == 1)
        #expect(variables.warnings.first?.contains("NOTIFY_SOCKET=\(name)") == true)
        let isKnown = variables.warnings.first?.contains("not supported yet") == true
        #expect(isKnown == name.hasPrefix("vsock:"))
    }

    @Test func `the watchdog hears half of what it allows, if it means this process`() {
        #expect(read(["WATCHDOG_USEC": "3000000"]).beat == .milliseconds(1_500))
        let own = ["WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "42"]
        #expect(read(own).beat == .milliseconds(1_500))
        let other = ["WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "43"]
        #expect(read(other).beat == nil && read(other).warnings == [])
        #expect(read(["WATCHDOG_USEC": "1"]).beat == .milliseconds(20), "and never spins")
    }

    @Test(arguments: ["0", "-1", "+5", "1s", " 5", "18446744073709551615", "9e9"])
    func `a watchdog that cannot be kept is warned about once`(text: String) {
        let variables = read(["WATCHDOG_USEC": text, "WATCHDOG_PID": "42"])
        #expect(variables.beat == nil && variables.warnings.count == 1)
    }

    @Test func `a process id that is none is warned about once`() {
        let variables = read(["WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "me"])
        #expect(variables.beat == nil && variables.warnings.count == 1)
    }

    @Test func `descriptors count from 3 and have the names that there are`() {
        let variables = read([
            "LISTEN_PID": "42", "LISTEN_FDS": "3", "LISTEN_FDNAMES": "weir.socket::",
        ])
        #expect(variables.descriptors.map(\.number) == [3, 4, 5])
        #expect(variables.descriptors.map(\.name) == ["weir.socket", nil, nil])
        #expect(variables.warnings == [])
    }

    @Test func `descriptors of another process, or of nobody, are left alone`() {
        #expect(read(["LISTEN_PID": "41", "LISTEN_FDS": "1"]).descriptors == [])
        #expect(read(["LISTEN_FDS": "1"]).descriptors == [])
        #expect(read(["LISTEN_PID": "42", "LISTEN_FDS": "0"]).descriptors == [])
    }

    @Test(arguments: ["-1", "x", "1025", "99999999999999999999"])
    func `a number of descriptors that is none is warned about once`(text: String) {
        let variables = read(["LISTEN_PID": "42", "LISTEN_FDS": text])
        #expect(variables.descriptors == [] && variables.warnings.count == 1)
    }
}
