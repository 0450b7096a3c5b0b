import Glibc
import Pipeline
import TestSupport
import Testing

/// `weir exec`: a wrapper that nobody notices, but for the trace.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct ExecIntegrationTests {
    let bench = WeirBench()

    @Test(
        arguments: [
            (["sh", "-c", "exit 0"], 0), (["sh", "-c", "exit 7"], 7),
            (["sh", "-c", "exit 124"], 124),
            (["sh", "-c", "kill -9 $$"], 137), (["no-such-program"], 127), (["/etc/hostname"], 126),
        ] as [([String], Int32)]
    )
    func `gives the command's own exit status`(command: [String], code: Int32) {
        let process = bench.start(["exec", "--"] + command)
        #expect(process.wait(atMost: .seconds(20)) == code)
    }

    @Test func `adds nothing of its own to the streams`() {
        bench.environment["OTEL_TRACES_SAMPLER"] = "nonsense"
        let process = bench.start(["exec", "--", "sh", "-c", #"printf 'a\0b'; printf 'c' >&2"#])
        #expect(process.wait(atMost: .seconds(20)) == 0)
        #expect(process.out == "a\0b")
        #expect(process.err == "c")
    }

    @Test func `hands standard input on`() {
        let text = #"printf 'in put' | "$0" exec -- cat"#
        let process = Subprocess(
            ["/bin/sh", "-c", text, weirBinary],
            environment: bench.environment
        )
        #expect(process.wait(atMost: .seconds(20)) == 0)
        #expect(process.out == "in put")
    }

    @Test func `a timeout is 124, a retry repeats, quiet is quiet`() {
        #expect(bench.weir("exec", "--timeout", "100ms", "--", "sleep", "30").code == 124)
        let script = "[ -e tried ] || { touch tried; exit 75; }"
        #expect(bench.weir("exec", "--retry", "2", "--", "sh", "-c", script).code == 0)
        #expect(bench.weir("exec", "--quiet", "--", "nothing-of-the-kind").err.isEmpty)
        #expect(bench.weir("exec", "--", "nothing-of-the-kind").err.contains("nothing-of-the-kind"))
    }

    @Test func `options are checked, and what comes later says so`() {
        #expect(bench.weir("exec", "--timeout", "soon", "--", "true").code == 125)
        #expect(bench.weir("exec", "--name", "Not A Name", "--", "true").code == 125)
        #expect(
            bench.weir("exec", "--otlp-logs", "--", "true").err
                .contains("not supported yet")
        )
        #expect(bench.weir("exec").code == 125)
    }

    @Test func `is a run like any other, with text that looks like a template`() {
        #expect(
            bench.weir("exec", "--name", "nightly", "--", "echo", "${params.x} $${").out
                == "${params.x} $${\n"
        )
        let list = bench.weir("runs").out
        #expect(list.contains("nightly"))
        #expect(list.contains("success"))
    }
}
