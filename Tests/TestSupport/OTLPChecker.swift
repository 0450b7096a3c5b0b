import Glibc

/// `Tests/Tools/otlp_check.py`: the checker that can refuse, in the virtual environment that
/// `make test` sets up.
package enum OTLPChecker {
    package struct Verdict: Sendable {
        package var isAccepted: Bool
        package var findings: String
    }

    /// Checks the bodies that a collector kept.
    package static func check(_ bodiesFile: String, _ options: [String]) throws -> Verdict {
        let (output, status) = try run([bodiesFile] + options)
        guard status == 0 || status == 1 else { throw TestSupportError("otlp_check: \(output)") }
        return Verdict(isAccepted: status == 0, findings: output)
    }

    /// Feeds the checker what it must refuse.
    package static func selfTest() throws -> (output: String, status: Int32) {
        try run(["--self-test"])
    }

    /// Has `otlp_logs_check.py` look at requests of logs, or prove itself with `--self-test`.
    package static func checkLogs(_ words: String...) throws -> (output: String, status: Int32) {
        try run(words, by: "otlp_logs_check.py")
    }

    private static func run(
        _ words: [String],
        by tool: String = "otlp_check.py"
    ) throws -> (output: String, status: Int32) {
        let python = try python()
        return try ChildProcess([python, toolPath(tool)] + words).finish()
    }

    /// The Python that has what `Tests/Tools/requirements.txt` names.
    package static func python() throws -> String {
        let root = toolPath("x").split(separator: "/").dropLast(3).joined(separator: "/")
        let given = getenv("WEIR_TEST_PYTHON").map { String(cString: $0) }
        let path = given ?? "/\(root)/.build/venv/bin/python"
        guard access(path, X_OK) == 0 else {
            throw TestSupportError("\(path) is missing: run `make test`, which sets it up")
        }
        return path
    }
}
