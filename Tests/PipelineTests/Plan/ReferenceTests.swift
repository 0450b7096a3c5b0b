import Pipeline
import Testing

/// A step's lines (of a step `b` that needs `a`), and the first fault's place and message, or
/// nothing.
struct StepRow: CustomTestStringConvertible, Sendable {
    let lines: [String]
    let fault: String
    let advice: String?

    init(_ lines: String..., fault: String = "", advice: String? = nil) {
        self.lines = lines
        self.fault = fault
        self.advice = advice
    }

    var testDescription: String { lines.joined(separator: " ") }

    /// The step stands from line 8, column 5 on.
    var reading: PipelineReading {
        let head = """
            params:
              date: {type: date}
            secrets: [TOKEN, OTHER]
            steps:
              a: {run: x}
              other: {run: x}
              b:

            """
        let body = (lines + ["needs: a"]).map { "    \($0)\n" }.joined()
        return PipelineReader.read(Array((head + body).utf8), file: "w.yaml")
    }
}

struct ReferenceTests {
    @Test(arguments: rows) func `checks references where they stand`(_ row: StepRow) {
        let first = row.reading.diagnostics.first
        let found = first.map { "\($0.place.line):\($0.place.column) \($0.message)" } ?? ""
        #expect(found == row.fault)
        if let advice = row.advice { #expect(first?.advice == advice) }
    }

    @Test func `splits a text into what stands for itself and references`() throws {
        let row = StepRow(
            "exec: [p, '$a $${b} ${params.date}-${steps.a.outputs.k}$', 'x${steps.a.dir}/y', '$$${run.id}']"
        )
        let plan = try #require(row.reading.plan)
        let expected: [Template] = [
            Template(text: "p"),
            Template(parts: [
                .text("$a ${b} "), .reference(.param("date")), .text("-"),
                .reference(.output(step: "a", key: "k")), .text("$"),
            ]),
            Template(parts: [.text("x"), .reference(.directory(step: "a")), .text("/y")]),
            Template(text: "$${run.id}"),
        ]
        #expect(plan.steps[2].action == .exec(expected))
    }

    private static let code = "is not replaced in a script: a value must not become code"

    static let rows: [StepRow] = templates + programs + interpreters

    static let templates: [StepRow] = [
        StepRow("exec: [p, '${params.date}', '${env.HOME}', '${run.scheduled_at}']"),
        StepRow("exec: [p, '${steps.a.dir}', '${run.scheduled_date}', '${run.id}']"),
        StepRow(
            "exec: [p, 'x ${params.dat}']",
            fault: "8:18 there is no parameter `dat`",
            advice: "did you mean `${params.date}`?"
        ),
        StepRow("exec: [p, '${steps.c.dir}']", fault: "8:16 there is no step `c`"),
        StepRow(
            "exec: [p, '${steps.other.dir}']",
            fault: "8:16 `other` is not a direct need of this step",
            advice: "add `other` to the step's `needs`"
        ),
        StepRow(
            "exec: [p, '${steps.a.out.k}']",
            fault: "8:16 `${steps.a.out.k}` refers to nothing"
        ),
        StepRow(
            "exec: [p, '${HOME}']",
            fault: "8:16 `${HOME}` refers to nothing",
            advice: "write `${env.HOME}` for the variable, or `$${HOME}` for these characters"
        ),
        StepRow("exec: [p, '${}']", fault: "8:16 `${}` refers to nothing"),
        StepRow(
            "exec: [p, '${ params.date }']",
            fault: "8:16 `${ params.date }` refers to nothing"
        ),
        StepRow("exec: [p, 'a${params.date']", fault: "8:17 this `${` is not closed"),
        StepRow("exec: [p, '${item}']", fault: "8:16 `${item}` is not supported yet"),
        StepRow("exec: [p, '${run.trace}']", fault: "8:16 `${run.trace}` refers to nothing"),
        StepRow(
            "exec: [p, '${secrets.TOKEN}']",
            "secrets: TOKEN",
            fault:
                "8:16 the secret `TOKEN` can be used in `env` only: arguments are visible to everyone"
        ),
        StepRow("run: x", "secrets: TOKEN", "env: {T: 'x ${secrets.TOKEN}'}"),
        StepRow(
            "run: x",
            "env: {T: '${secrets.TOKEN}'}",
            fault: "9:15 this step is not handed the secret `TOKEN`",
            advice: "add `secrets: [TOKEN]` to the step"
        ),
        StepRow(
            "run: x",
            "secrets: TOKEM",
            fault: "9:14 the secret `TOKEM` is not declared",
            advice: "did you mean `TOKEN`?"
        ),
        StepRow("run: x", "workdir: '${steps.a.outputs.x}/y'"),
        StepRow("run: x", "workdir: '/${params.x}'", fault: "9:16 there is no parameter `x`"),
        StepRow(
            "run: x",
            #"env: {A: "\u0041\t${params.x}"}"#,
            fault: "9:23 there is no parameter `x`"
        ),
        StepRow(
            "run: x",
            "env:",
            "  A: |",
            "    x",
            "    ${params.x}",
            fault: "12:9 there is no parameter `x`"
        ),
    ]

    static let programs: [StepRow] = [
        StepRow(#"run: 'echo "${HOME}" ${X:-y} ${#a} ${a[@]} $$ ${params} ${env:-x} ${run}'"#),
        StepRow(
            "run: 'echo ${params.date}'",
            fault: "8:16 `${params.date}` \(code)",
            advice: "write `$WEIR_PARAM_DATE`, in double quotes"
        ),
        StepRow(
            "run: 'cat ${steps.a.outputs.file-name}'",
            fault: "8:15 `${steps.a.outputs.file-name}` \(code)",
            advice: "write `$WEIR_OUT_A__FILE_NAME`, in double quotes"
        ),
        StepRow(
            "run: 'ls ${steps.a.dir}'",
            fault: "8:14 `${steps.a.dir}` \(code)",
            advice: "write `$WEIR_DIR_A`, in double quotes"
        ),
        StepRow(
            "run: 'echo ${env.HOME}'",
            fault: "8:16 `${env.HOME}` \(code)",
            advice: "write `$HOME`, in double quotes"
        ),
        StepRow("run: 'echo ${secrets.TOKEN}'", fault: "8:16 `${secrets.TOKEN}` \(code)"),
        StepRow(
            "run: 'echo ${run.scheduled_date}'",
            fault: "8:16 `${run.scheduled_date}` \(code)",
            advice: "write `${WEIR_SCHEDULED_AT%%T*}`, in double quotes"
        ),
        StepRow("run: 'echo ${params.date:-x}'", fault: "8:16 `${params.date}` \(code)"),
        StepRow("run: 'echo ${item}'", fault: "8:16 `${item}` \(code)"),
        StepRow("run: 'for item in *; do echo ${item}; done'"),
        StepRow("run: 'echo ${item.index}'", fault: "8:16 `${item.index}` \(code)"),
        StepRow("run: |", "  x", "  echo ${run.id}", fault: "10:12 `${run.id}` \(code)"),
        StepRow(
            "run: x",
            "if: 'test ${run.id}'",
            fault: "9:15 `${run.id}` is not replaced in an `if`: a value must not become code"
        ),
    ]

    private static let shellFault =
        "`${params.date}` is not replaced in the text that `sh` runs: a value must not become code"

    static let interpreters: [StepRow] = [
        StepRow("exec: [sh, -c, 'echo ${params.date}']", fault: "8:26 \(shellFault)"),
        StepRow("exec: [/bin/sh, -euc, '${params.date}']", fault: "8:28 \(shellFault)"),
        StepRow("exec: [sh, -euo, pipefail, -c, '${params.date}']", fault: "8:37 \(shellFault)"),
        StepRow("exec: [sh, -c, -x, --, '${params.date}']", fault: "8:29 \(shellFault)"),
        StepRow("exec: [env, A=b, sh, -c, '${params.date}']", fault: "8:31 \(shellFault)"),
        StepRow("exec: [sh, -c, 'echo \"$0\"', '${params.date}']"),
        StepRow("exec: [sh, script.sh, -c, '${params.date}']"),
        StepRow("exec: [sh, -c, 'echo ${HOME}']"),
        StepRow("exec: [ls, -c, '${params.date}']"),
        StepRow("exec: [grep, -e, '${params.date}', f]"),
        StepRow(
            "exec: [python3.11, -W, ignore, -c, 'print(${params.date})']",
            fault: "8:47 `${params.date}` is not replaced in the text that `python` runs: "
                + "a value must not become code"
        ),
        StepRow("exec: [python3, run.py, '${params.date}']"),
        StepRow("exec: [python3, -m, mod, '${params.date}']"),
        StepRow(
            "exec: [perl, -ne, 'a', -e, '${run.id}']",
            fault: "8:33 `${run.id}` is not replaced in the text that `perl` runs: "
                + "a value must not become code"
        ),
        StepRow(
            "exec: [ruby, '-e${run.id}']",
            fault: "8:21 `${run.id}` is not replaced in the text that `ruby` runs: "
                + "a value must not become code"
        ),
        StepRow(
            "exec: [node, '--eval=${run.id}']",
            fault: "8:26 `${run.id}` is not replaced in the text that `node` runs: "
                + "a value must not become code"
        ),
        StepRow(
            "exec: ['${env.SHELL}', -c, '${run.id}']",
            fault: "8:33 `${run.id}` is not replaced in the text that `program` runs: "
                + "a value must not become code"
        ),
    ]
}
