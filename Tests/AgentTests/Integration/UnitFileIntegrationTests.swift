import Glibc
import TestSupport
import Testing

/// `examples/systemd`, read by systemd itself.
@Suite(.timeLimit(.minutes(5)), .enabled(if: hasSystemd, "needs Tests/Tools/setup.sh test"))
struct UnitFileIntegrationTests {
    /// Exposure as `systemd-analyze security` counts it, in tenths: 0 is sealed, 100 is naked.
    private static let exposureMax = 17

    private let folder = TemporaryDirectory()

    private func text(_ name: String) throws -> String {
        let text = readText(toolPath("../../examples/systemd/\(name)"))
        try #require(!text.isEmpty, "\(name)")
        return text
    }

    /// Writes the units where `systemd-analyze` finds them beside each other, with the program that
    /// is there: one that is missing would be a finding.
    private func write(_ change: (String) -> String = { $0 }) throws {
        let service = try text("weir.service")
        let start = "ExecStart=/usr/local/bin/weir serve "
        try #require(service.contains("\n\(start)"))
        folder.write(
            "weir.service",
            change(service).replacing(start, with: "ExecStart=\(weirBinary) serve ")
        )
        folder.write("weir.socket", try text("weir.socket"))
    }

    private func analyze(_ words: String...) -> (code: Int32?, said: String) {
        let program = Subprocess(
            ["systemd-analyze"] + words,
            environment: ["PATH": "/usr/bin:/bin", "HOME": folder.path, "LC_ALL": "C"],
            directory: folder.path
        )
        let code = program.wait(atMost: .seconds(60))
        return (code, program.out + program.err)
    }

    @Test func `systemd takes the units without a word`() throws {
        try write()
        let (code, said) = analyze("verify", "./weir.service", "./weir.socket")
        #expect(code == 0 && said.isEmpty, "\(said)")
    }

    @Test(arguments: [
        ("WatchdogSec=60", "WatchdogSec=often"), ("KillMode=mixed", "KillMod=mixed"),
        ("ExecReload=/bin/kill", "ExecReload=/nonexistent/kill"),
    ])
    func `what is wrong with a unit is found`(right: String, wrong: String) throws {
        let service = try text("weir.service")
        try #require(service.contains(right))
        try write { $0.replacing(right, with: wrong) }
        let (code, said) = analyze("verify", "./weir.service", "./weir.socket")
        #expect(code != 0 || !said.isEmpty, "\(wrong) was accepted")
    }

    @Test func `a step can do little harm, as systemd counts it`() throws {
        let words = ["security", "--offline=true", "--threshold=\(Self.exposureMax)", "--no-pager"]
        try write()
        let (code, said) = analyze(words[0], words[1], words[2], words[3], "./weir.service")
        #expect(code == 0, "\(said)")
        try write { text in
            text.replacing("\nNoNewPrivileges=yes", with: "")
                .replacing("\nCapabilityBoundingSet=", with: "")
                .replacing("\nProtectSystem=strict", with: "")
        }
        let (loose, why) = analyze(words[0], words[1], words[2], words[3], "./weir.service")
        #expect(loose == 1, "without three protections: \(why)")
    }

    @Test func `the socket is where the command line looks for the system's agent`() throws {
        let socket = try text("weir.socket")
        #expect(socket.contains("\nListenStream=/run/weir/weir.sock\n"))
        #expect(socket.contains("\nListenStream=127.0.0.1:9347\n"))
        let bench = WeirBench()
        let refused = bench.weir("start", "hello").err
        #expect(refused.contains("unix:/run/weir/weir.sock"), "\(refused)")
    }
}

private let hasSystemd =
    ["/usr/bin", "/bin"].contains { access("\($0)/systemd-analyze", X_OK) == 0 }
