import Glibc
import TestSupport
import Testing

/// A low soft limit of descriptors is Weir's own business, and its children's again.
@Suite(.timeLimit(.minutes(10)))
struct OpenFilesIntegrationTests {
    let bench = WeirBench()

    private func start(_ words: String) -> Subprocess {
        Subprocess(
            ["/bin/bash", "-c", "ulimit -Sn 64 && exec \(weirBinary) \(words)"],
            environment: bench.environment,
            directory: bench.folder.path
        )
    }

    @Test func `many workers run under a low limit, which each step has`() {
        var steps = "steps:\n"
        for number in 1...60 {
            // All of them run at once, or none ends.
            steps += """
                  s\(number):
                    run: |
                      touch here.\(number)
                      until [ "$(ls here.* | wc -l)" = 60 ]; do sleep 0.1; done
                      ulimit -Sn >> limits

                """
        }
        bench.pipeline("name: wide\nworkers: 60\ndefaults: {timeout: 100s}\n" + steps)
        let run = start("run --progress none")
        #expect(run.wait(atMost: .seconds(120)) == 0, "\(run.err)")
        #expect(bench.folder.read("limits") == String(repeating: "64\n", count: 60))
    }

    @Test func `the agent shows the limit it has, and its steps have the old one`() async throws {
        bench.offer("limit", "a: {run: 'ulimit -Sn > ../limit'}")
        let agent = start("serve pipelines --listen 127.0.0.1:0")
        while !agent.out.contains("  state: ") {
            try #require(agent.wait(atMost: .milliseconds(5)) == nil, "\(agent.err)")
        }
        let line = agent.out.split(separator: "\n").first { $0.contains("http://") }
        let url = try #require(line.map { $0.filter { $0 != " " } })
        let run = try bench.startPipeline("limit")
        _ = try await bench.waitForEnd(of: run, url)
        #expect(bench.folder.read("limit") == "64\n")
        let metrics = bench.text(try await bench.get("\(url)/metrics"))
        let shown = try #require(metrics.firstMatch(of: /process_max_fds (\d+)/)?.1)
        #expect(try #require(Int(shown)) > 64)
        bench.end(agent)
    }
}
