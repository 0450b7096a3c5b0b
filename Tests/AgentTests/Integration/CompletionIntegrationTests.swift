import Glibc
import TestSupport
import Testing
import Transport

/// The completion scripts in the shells that they are for.
@Suite(.timeLimit(.minutes(5)))
struct CompletionIntegrationTests {
    let bench = WeirBench()

    init() {
        let folder = weirBinary.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
        bench.environment["PATH"] = "\(folder):/usr/local/bin:/usr/bin:/bin"
        bench.environment["LC_ALL"] = "C.UTF-8"
        bench.environment["TERM"] = "dumb"
    }

    /// On a person's machine a shell may be missing; where CI is set, all have to be there.
    private static func lacks(_ shell: String) -> Bool {
        let isCI = getenv("CI").map { String(cString: $0) } == "true"
        return !isCI && access("/usr/bin/\(shell)", X_OK) != 0
    }

    private func shell(_ words: String...) -> WeirBench.Outcome {
        let process = Subprocess(
            words,
            environment: bench.environment,
            directory: bench.folder.path
        )
        let code = process.wait(atMost: .seconds(60))
        return WeirBench.Outcome(code: code ?? -1, out: process.out, err: process.err)
    }

    private func prepareRuns() {
        mkdir(bench.folder.path + "/inner", 0o700)
        bench.folder.write("pipe line.yaml", "")
        bench.pipeline("{name: nightly, steps: {a: {run: echo a}}}")
        #expect(bench.weir("run").code == 0)
    }

    /// What bash offers behind these words, the last of which is being written.
    private func bash(_ words: String...) -> [String] {
        let list = words.map { "'\($0)'" }.joined(separator: " ")
        let script = """
            set -u; eval "$(weir completions bash)"
            complete -p weir | grep -q -- '-F _weir' || exit 9
            COMP_WORDS=(weir \(list)); COMP_CWORD=\(words.count); _weir
            printf '%s\\n' "${COMPREPLY[@]}"
            """
        let outcome = shell("/usr/bin/bash", "--norc", "-c", script)
        #expect(outcome.code == 0, "\(words): \(outcome.err)")
        #expect(outcome.err.isEmpty, "\(words)")
        return outcome.out.split(separator: "\n").map(String.init)
    }

    @Test func `bash offers commands, options, values, files and runs`() throws {
        prepareRuns()
        #expect(bash("ru") == ["run", "runs"])
        #expect(Set(bash("")).isSuperset(of: ["run", "top", "completions", "help"]))
        #expect(bash("run", "--prog") == ["--progress"])
        #expect(bash("run", "--progress", "") == ["auto", "bar", "plain", "json", "none"])
        #expect(bash("run", "--progress", "=", "p") == ["plain"])
        #expect(bash("run", "--workers", "3", "--nothing").isEmpty)
        #expect(bash("run", "pip") == ["pipe line.yaml"])
        #expect(bash("serve", "in") == ["inner"])
        #expect(bash("run", "--outputs", "in") == ["inner"])
        #expect(bash("show", "n") == ["nightly"])
        #expect(bash("show", "la") == ["last"])
        #expect(bash("logs", "--tail", "3", "la") == ["last"])
        #expect(bash("export", "last", "nig") == ["nightly"])
        #expect(bash("completions", "") == ["bash", "zsh", "fish"])
        #expect(bash("start", "").contains("nightly"))
        #expect(bash("exec", "--", "bas").contains("bash"))
        #expect(bash("help", "expl") == ["explain"])
    }

    @Test(.disabled("fish is not installed", { CompletionIntegrationTests.lacks("fish") }))
    func `fish offers commands, options, values, files and runs`() throws {
        prepareRuns()
        func fish(_ line: String) -> [String] {
            let script = "source (weir completions fish | psub); complete -C '\(line)'"
            let outcome = shell("/usr/bin/fish", "--no-config", "-c", script)
            #expect(outcome.code == 0, "\(line): \(outcome.err)")
            return outcome.out.split(separator: "\n").map(String.init)
        }
        #expect(fish("weir ru").map { $0.prefix { $0 != "\t" } } == ["run", "runs"])
        #expect(fish("weir ru").contains("runs\tlist the runs, newest first"))
        #expect(fish("weir run --prog").contains { $0.hasPrefix("--progress\t") })
        #expect(fish("weir run --progress p").first?.hasPrefix("plain") == true)
        #expect(fish("weir run pip") == ["pipe line.yaml"])
        #expect(
            fish("weir serve in") == ["inner/"] || fish("weir serve in") == ["inner/\tDirectory"]
        )
        #expect(fish("weir show n") == ["nightly\tits last run"])
        #expect(fish("weir show la") == ["last\tthe newest run"])
        #expect(fish("weir logs -f la") == ["last\tthe newest run"])
        #expect(fish("weir completions f") == ["fish"])
        #expect(fish("weir start n").contains("nightly"))
        #expect(fish("weir version n").isEmpty)
    }

    @Test(.disabled("zsh is not installed", { CompletionIntegrationTests.lacks("zsh") }))
    func `zsh offers commands, options, values, files and runs`() throws {
        prepareRuns()
        #expect(shell("/usr/bin/zsh", "-f", "-c", "weir completions zsh | zsh -fn").code == 0)
        bench.folder.write("ask.zsh", Self.zshProbe)
        func zsh(_ line: String) -> String {
            let outcome = shell("/usr/bin/zsh", "-f", "ask.zsh", line)
            #expect(outcome.code == 0, "\(line): \(outcome.err)")
            return outcome.out
        }
        #expect(zsh("weir ru").contains("list the runs, newest first"))
        #expect(zsh("weir run --prog").contains("--progress"))
        let modes = zsh("weir run --progress ")
        #expect(modes.contains("auto") && modes.contains("plain"), "\(modes)")
        #expect(zsh("weir serve in").contains("inner/"))
        let runs = zsh("weir show ")
        #expect(runs.contains("nightly") && runs.contains("the newest run"), "\(runs)")
        #expect(zsh("weir completions ").contains("zsh"))
    }

    /// A zsh at a terminal of its own, in which the line is written and the tab key pressed.
    private static let zshProbe = """
        zmodload zsh/zpty
        zpty ask zsh -f -i
        zpty -w ask 'PS1=; PS2=; unsetopt zle_bracketed_paste 2>/dev/null; unset zle_bracketed_paste'
        zpty -w ask 'autoload -Uz compinit; compinit -u -d ./dump; LISTMAX=10000; setopt no_beep auto_list'
        zpty -w ask 'eval "$(weir completions zsh)"; print READY$((1+1))'
        zpty -r -m ask seen '*READY2*' || exit 3
        zpty -w -n ask "$1"$'\\t\\t\\t'
        out=
        for turn in {1..30}; do
            if zpty -r -t ask piece; then out+=$piece; turn=0; else sleep 0.03; fi
            [[ $turn = 30 ]] && break
        done
        zpty -d ask
        print -r -- "$out"
        """

    @Test func `a name that an agent gives is no command to a shell`() throws {
        let server = try HTTPServer(listen: [try #require(SocketAddress("127.0.0.1:0"))]) { _ in
            .now(
                .json(
                    #"""
                    [{"name":"$(touch pwned)","pipeline":"`touch pwned`","run":"x","state":"y"},
                    {"name":"good","description":"\u001b[2J","pipeline":"$(touch${IFS}pwned)",
                    "run":"01a1fd81b89147a3271cae96ae900350","state":"\u0007"}]
                    """#
                )
            )
        }
        defer { server.stop(within: .zero) }
        bench.environment["WEIR_AGENT"] = "http://\(server.addresses[0])"
        #expect(bash("start", "") == ["good"])
        #expect(bash("show", "") == ["last", "01a1fd81b89147a3271cae96ae900350"])
        let shown = bench.weir("completions", "--candidates", "pipelines").out
        #expect(shown == "good\t\n")
        #expect(access(bench.folder.path + "/pwned", F_OK) != 0)
    }

    @Test func `candidates are quiet where nothing can be known`() {
        bench.environment["WEIR_AGENT"] = "http://127.0.0.1:1"
        let runs = bench.weir("completions", "--candidates", "runs")
        #expect(runs.code == 0 && runs.out.isEmpty && runs.err.isEmpty)
        bench.environment["WEIR_AGENT"] = "nonsense"
        let pipelines = bench.weir("completions", "--candidates", "pipelines")
        #expect(pipelines.code == 0 && pipelines.out.isEmpty && pipelines.err.isEmpty)
        #expect(bench.weir("completions").code == 2)
        #expect(bench.weir("completions", "tcsh").code == 2)
    }
}
