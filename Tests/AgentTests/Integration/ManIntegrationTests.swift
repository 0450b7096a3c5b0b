import Glibc
import TestSupport
import Testing

/// `weir help --man`: a page that formatters take without a warning, and that tells of everything.
@Suite(.timeLimit(.minutes(10)))
struct ManIntegrationTests {
    let bench = WeirBench()

    /// On a person's machine a formatter may be missing; where CI is set, it has to be there.
    private static func lacks(_ program: String) -> Bool {
        let isCI = getenv("CI").map { String(cString: $0) } == "true"
        return !isCI && access("/usr/bin/\(program)", X_OK) != 0
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

    private func writePage() -> String {
        let page = bench.weir("help", "--man")
        #expect(page.code == 0 && page.err.isEmpty)
        bench.folder.write("weir.1", page.out)
        return page.out
    }

    /// The words in front of the lines that help indents, below `title` where there is one.
    private func rows(_ help: String, below title: String? = nil) -> [Substring] {
        let lines = help.split(separator: "\n", omittingEmptySubsequences: false)
        let start = title.map { title in lines.firstIndex { $0 == title } ?? lines.endIndex } ?? 0
        return lines[start...].filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") }
            .map { $0.dropFirst(2) }
    }

    @Test(.disabled("mandoc is not installed", { ManIntegrationTests.lacks("mandoc") }))
    func `mandoc finds nothing wrong with the page, and finds what is wrong with another`() {
        let page = writePage()
        let lint = shell("/usr/bin/mandoc", "-Tlint", "-Wstyle", "weir.1")
        #expect(lint.code == 0 && lint.out.isEmpty, "\(lint.out)")
        for broken in [
            page.replacing(".Sh EXIT STATUS", with: ".Sh"), page.replacing(".El", with: ""),
            page.replacing(".Dt WEIR 1\n", with: ""), page + ".Zz\n",
        ] {
            bench.folder.write("broken.1", broken)
            #expect(shell("/usr/bin/mandoc", "-Tlint", "-Wstyle", "broken.1").code != 0)
        }
    }

    @Test(.disabled("groff is not installed", { ManIntegrationTests.lacks("groff") }))
    func `groff has no warning for it`() {
        _ = writePage()
        let shown = shell("/usr/bin/groff", "-ww", "-mandoc", "-Tutf8", "weir.1")
        #expect(shown.code == 0 && shown.err.isEmpty, "\(shown.err)")
    }

    @Test(.disabled("mandoc is not installed", { ManIntegrationTests.lacks("mandoc") }))
    func `every command and every option stands in it`() throws {
        _ = writePage()
        let shown = shell("/usr/bin/mandoc", "-Tascii", "-Owidth=200", "weir.1").out
        // As typewriters did it: a letter, back, the letter again.
        let text = shown.replacing(/.\u{8}/, with: "")
        let commands = rows(bench.weir("--help").out).compactMap { $0.split(separator: " ").first }
        #expect(commands.count > 15)
        let sections = text.split(separator: "\n   weir ")
        for command in commands {
            let section = sections.first { $0.hasPrefix("\(command)\n") }
            let found = try #require(section, "\(command)")
            let options = rows(bench.weir(String(command), "--help").out, below: "options:")
            for option in options {
                let name = try #require(option.split(separator: " ").first { $0.hasPrefix("--") })
                #expect(found.contains("\(name)"), "\(command) \(name)")
            }
        }
        for word in ["WEIR_AGENT", "WEIR_STATE_DIR", "/run/weir/weir.sock", "EXIT STATUS", "128+n"]
        {
            #expect(text.contains(word), "\(word)")
        }
        #expect(!text.contains("\\"))
    }

    @Test func `installing puts the page and the completions where they are looked for`() {
        let into = bench.folder.path + "/to here"
        let made = shell("/usr/bin/env", "bash", toolPath("install.sh"), weirBinary, into)
        #expect(made.code == 0, "\(made.err)")
        for (file, text) in [
            ("share/man/man1/weir.1", ".Dt WEIR 1"), ("bin/weir", ""),
            ("share/bash-completion/completions/weir", "complete -F _weir weir"),
            ("share/zsh/site-functions/_weir", "#compdef weir"),
            ("share/fish/vendor_completions.d/weir.fish", "complete -c weir"),
        ] {
            #expect(access("\(into)/\(file)", file == "bin/weir" ? X_OK : R_OK) == 0, "\(file)")
            if !text.isEmpty { #expect(readText("\(into)/\(file)").contains(text), "\(file)") }
        }
    }

    @Test func `help takes nothing that has no effect`() {
        #expect(bench.weir("help", "--man", "run").code == 2)
        #expect(bench.weir("help", "run", "runs").code == 2)
        #expect(bench.weir("help", "run").out == bench.weir("run", "--help").out)
    }
}
