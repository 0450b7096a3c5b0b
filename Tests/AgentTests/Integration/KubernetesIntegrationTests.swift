import Glibc
import Pipeline
import TestSupport
import Testing
import Transport

/// `examples/kubernetes`: what a cluster would refuse, and what it would do.
@Suite(.timeLimit(.minutes(5)))
struct KubernetesIntegrationTests {
    private static let manifest = toolPath("../../examples/kubernetes/weir.yaml")

    private func check(_ words: String...) throws -> (output: String, status: Int32) {
        let program = [try OTLPChecker.python(), toolPath("kubernetes_check.py")]
        return try ChildProcess(program + words + [Self.manifest]).finish()
    }

    @Test func `the manifest is accepted, and a broken one is not`() throws {
        let (findings, status) = try check()
        #expect(status == 0, "\(findings)")
        let (missed, proof) = try check("--self-test")
        #expect(proof == 0, "\(missed)")
    }

    /// The words of a probe's command: the list below the line that holds `mark` alone.
    private func words(below mark: String) -> [String] {
        let lines = readText(Self.manifest).split(separator: "\n").map { line in
            String(line.drop { $0 == " " })
        }
        return lines.drop { $0 != mark }.dropFirst().prefix { $0.hasPrefix("- ") }
            .map { $0.dropFirst(2).filter { $0 != "\"" } }
    }

    /// The pipeline of the ConfigMap.
    private func pipeline() -> String {
        let lines = readText(Self.manifest).split(
            separator: "\n",
            omittingEmptySubsequences: false
        )
        return lines.drop { $0 != "  hello.yaml: |" }.dropFirst().prefix { $0.hasPrefix("    ") }
            .map { $0.dropFirst(4) + "\n" }.joined()
    }

    /// Runs a probe as kubelet does; its exit status.
    private func probe(_ mark: String, _ bench: WeirBench) throws -> Int32? {
        let socket = "/var/lib/weir/state/agent.sock"
        let command = words(below: mark)
        try #require(command.contains(socket), "\(command)")
        let own = command.map { $0 == socket ? bench.folder.path + "/state/agent.sock" : $0 }
        let program = Subprocess(own, environment: bench.environment)
        return program.wait(atMost: .seconds(60))
    }

    @Test func `the pipeline runs from a mounted ConfigMap, and the probes tell how it stands`()
        async throws
    {
        let bench = WeirBench()
        // As kubelet mounts one: the files are links into a folder that a link leads to.
        let folder = bench.folder.path + "/pipelines"
        for path in [folder, folder + "/..2026_11_22"] { mkdir(path, 0o755) }
        bench.folder.write("pipelines/..2026_11_22/hello.yaml", pipeline())
        symlink("..2026_11_22", folder + "/..data")
        symlink("..data/hello.yaml", folder + "/hello.yaml")
        bench.folder.write(
            "pipelines/..2026_11_22/wait.yaml",
            "name: wait\nsteps: {a: {run: 'until [ -e ../go ]; do sleep 0.01; done'}}\n"
        )
        symlink("..data/wait.yaml", folder + "/wait.yaml")

        let (live, ready) = ("command: &alive", "command:")
        #expect(try probe(live, bench) != 0, "nobody serves yet")
        let (agent, url) = try bench.serve()
        #expect(agent.out.contains("pipelines: hello, wait\n"), "\(agent.out)\(agent.err)")
        #expect(try probe(live, bench) == 0)
        #expect(try probe(ready, bench) == 0)
        let shown = try await bench.waitForEnd(of: try bench.startPipeline("hello"), url)
        #expect(shown["result"]?.string == "success")

        _ = try bench.startPipeline("wait")
        agent.signal(SIGTERM)
        while try await bench.get("\(url)/readyz").status != 503 {}
        #expect(try probe(live, bench) == 0, "what ends in order is alive")
        #expect(try probe(ready, bench) == 22)
        bench.folder.write("go", "")
        #expect(agent.wait(atMost: .seconds(30)) == 0)
    }
}
