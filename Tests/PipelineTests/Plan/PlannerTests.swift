import Pipeline
import Testing

struct PlannerTests {
    private static func read(_ text: String, file: String = "weir.yaml") -> PipelineReading {
        PipelineReader.read(Array(text.utf8), file: file)
    }

    private static func headlines(_ text: String, file: String = "weir.yaml") -> [String] {
        read(text, file: file).diagnostics.map {
            "\($0.place.line):\($0.place.column) \($0.message)"
        }
    }

    /// `a: b c; b:` as a graph whose steps need those behind the colon.
    private static func graph(_ text: String) -> String {
        let steps = text.split(separator: ";").map { step in
            let parts = step.split(separator: ":", omittingEmptySubsequences: false)
            let name = parts[0].filter { $0 != " " }
            let needs = parts[1].split(separator: " ").joined(separator: ", ")
            return "  \(name): {run: x, needs: [\(needs)]}\n"
        }
        return "steps:\n" + steps.joined()
    }

    @Test(arguments: [
        Snippet("a:; b: a; c: a; d: b c", "0|1 2|3"),
        Snippet("a:; b:", "0 1"),
        Snippet("a: b; b: c; c:", "2|1|0"),
        Snippet("a:; b: a; c: a b", "0|1|2"),
    ])
    func `puts steps into waves`(_ row: Snippet) throws {
        let plan = try #require(Self.read(Self.graph(row.text)).plan)
        let waves = plan.waves.map { $0.map(String.init).joined(separator: " ") }
        #expect(waves.joined(separator: "|") == row.expected)
    }

    @Test(arguments: [
        Snippet("a: b; b: a", "2:23 a → b → a"),
        Snippet("a: b; b: c; c: a; d: a", "2:23 a → b → c → a"),
        Snippet("a: b; b: a; c: d; d: c; e: a c", "2:23 a → b → a, 4:23 c → d → c"),
        Snippet("x:; a: x b; b: x c; c: b x", "4:26 b → c → b"),
        Snippet("a: b c; b: a; c: a", "2:23 a → b → a, 2:26 a → c → a"),
    ])
    func `names every independent cycle once`(_ row: Snippet) {
        let cycles = Self.headlines(Self.graph(row.text)).map {
            $0.replacing("these steps wait for each other: ", with: "")
        }
        #expect(cycles.joined(separator: ", ") == row.expected)
    }

    @Test func `names a step that needs itself`() {
        #expect(Self.headlines(Self.graph("a: a")) == ["2:23 `a` needs itself"])
    }

    @Test func `cuts the middle out of a long cycle`() throws {
        let names = (0..<40).map { "s\($0)" }
        let text = names.indices.map { "\(names[$0]): \(names[($0 + 1) % 40])" }
        let message = try #require(Self.headlines(Self.graph(text.joined(separator: ";"))).first)
        #expect(message.hasSuffix("s6 → s7 → … 29 more … → s37 → s38 → s39 → s0"))
    }

    @Test func `a list is a sequence, and needs may add to it`() throws {
        let text = """
            steps:
              - {name: a, run: x}
              - {name: b, run: x}
              - {name: c, run: x, needs: a, env: {D: "${steps.a.dir}"}}
            """
        let plan = try #require(Self.read(text).plan)
        #expect(plan.steps.map(\.needs) == [[], [0], [1, 0]])
        #expect(plan.steps.map(\.hasDirectory) == [true, false, false])
    }

    @Test(arguments: [
        Snippet("name: -x\nsteps: {a: {run: x}}", "1:7 `-x` cannot name a pipeline"),
        Snippet("steps: {A: {run: x}}", "1:9 `A` cannot name a step"),
        Snippet(
            "steps: {a-b: {run: x}, a_b: {run: x}}",
            "1:24 `a_b` and `a-b` would share the variable `WEIR_DIR_A_B`"
        ),
        Snippet(
            "params: {a-b: {}, a_b: {}}\nsteps: {a: {run: x}}",
            "1:19 `a_b` and `a-b` would share the variable `WEIR_PARAM_A_B`"
        ),
        Snippet(
            "steps: [{name: a, run: x}, {name: a, run: x}]",
            "1:35 the step `a` is given twice; it stands in line 1 already"
        ),
        Snippet("steps: [{run: x}]", "1:9 this step of a list has no `name`"),
        Snippet("steps: {a: {name: b, run: x}}", "1:13 a step of a map is named by its key"),
        Snippet("name: a", "1:1 the pipeline has no `steps`"),
        Snippet("", "1:1 the file is empty"),
        Snippet("- a", "1:1 expected a map, found a list"),
        Snippet("steps: {a: }", "1:9 `a` has no value"),
        Snippet("steps: {a: {run: }}", "1:13 `run` has no value"),
        Snippet("steps: {a: {run: ' '}}", "1:18 the text of `run` is empty"),
        Snippet("steps: {a: {exec: []}}", "1:19 `exec` is empty"),
        Snippet("steps: {a: {exec: ['', x]}}", "1:19 the text of `exec` is empty"),
        Snippet(
            "steps: {a: {exec: [a], shell: sh}}",
            "1:24 `shell` has no effect: `exec` starts its program without one"
        ),
        Snippet(
            "steps: {a: {run: x, shell: 'bash \"-e\"'}}",
            "1:28 a shell is plain words: quotes, backslashes and `$` mean nothing here"
        ),
        Snippet(
            "steps: {a: {run: x, when: failure}}",
            "1:27 this step can never run: `when: failure` without `needs`"
        ),
        Snippet("steps: {a: {run: x, needs: [a, a]}}", "1:29 `a` needs itself"),
        Snippet("steps: {a: {run: x, timeout: 0s}}", "1:30 a timeout must be longer than 0"),
        Snippet("steps: {a: {run: x, retry: {backoff: 1s}}}", "1:28 `retry` has no `attempts`"),
        Snippet(
            "steps: {a: {run: x, retry: {attempts: 2, backoff: 9s..3s}}}",
            "1:51 the backoff's minimum is above its maximum"
        ),
        Snippet(
            "steps: {a: {run: x, retry: {attempts: 2, backoff: 1s..3}}}",
            "1:55 `3` has no unit"
        ),
        Snippet(
            "steps: {a: {run: x, retry: {attempts: 2, when: timeout, exit_codes: 3}}}",
            "1:57 `exit_codes` has no effect: `when` does not list `exit`"
        ),
        Snippet(
            "env: {WEIR_X: a}\nsteps: {a: {run: x}}",
            "1:7 `WEIR_X` is reserved: `WEIR_*` is set by Weir"
        ),
        Snippet(
            "env: {A-B: a}\nsteps: {a: {run: x}}",
            "1:7 `A-B` cannot name an environment variable"
        ),
        Snippet(
            "env: {A: '${steps.a.dir}'}\nsteps: {a: {run: x}}",
            "1:11 `${steps.a.dir}` cannot be used in the pipeline's `env`"
        ),
        Snippet(
            "defaults: {env: {A: '${secrets.X}'}}\nsecrets: [X]\nsteps: {a: {run: x}}",
            "1:22 `${secrets.X}` cannot be used in `defaults`"
        ),
        Snippet(
            "params: {p: {default: '${env.X}'}}\nsteps: {a: {run: x}}",
            "1:24 `${env.X}` cannot be used in the default of a parameter"
        ),
        Snippet(
            "params: {p: {type: integer, default: x}}\nsteps: {a: {run: x}}",
            "1:38 the parameter `p` must be an integer, not `x`"
        ),
        Snippet(
            "params: {p: {type: date, default: 2026-02-30}}\nsteps: {a: {run: x}}",
            "1:35 the parameter `p` must be a date that exists, as YYYY-MM-DD, not `2026-02-30`"
        ),
        Snippet(
            "params: {p: {choices: [a, b], default: c}}\nsteps: {a: {run: x}}",
            "1:40 the parameter `p` must be one of `a`, `b`, not `c`"
        ),
        Snippet(
            "params: {p: {type: integer, minimum: 3, maximum: 1}}\nsteps: {a: {run: x}}",
            "1:38 `minimum` is above `maximum`"
        ),
        Snippet("params: {p: {minimum: 3}}\nsteps: {a: {run: x}}", "1:23 a string has no bounds"),
        Snippet("secrets: [A, A]\nsteps: {a: {run: x}}", "1:14 `A` is listed twice"),
    ])
    func `refuses what makes no sense`(_ row: Snippet) {
        #expect(Self.headlines(row.text).first == row.expected)
    }

    @Test func `what the reader refused draws no further complaint`() {
        let text = "steps:\n  a:\n    run: *x\n  b:\n    exec: [a, *y]\n    needs: !z a\n"
        #expect(
            Self.headlines(text) == [
                "3:10 aliases are not allowed: `*x`", "5:15 aliases are not allowed: `*y`",
                "6:12 tags are not allowed: `!z`",
            ]
        )
    }

    @Test func `the file's stem names a pipeline without a name`() {
        let text = "steps: {a: {run: x}}"
        #expect(Self.read(text, file: "/etc/weir/nightly-load.yaml").plan?.name == "nightly-load")
        #expect(Self.read(text, file: "load").plan?.name == "load")
        #expect(
            Self.headlines(text, file: "x/Nightly Load.yaml")
                == ["1:1 the file's name `Nightly Load` cannot name the pipeline"]
        )
    }

    @Test func `limits are checked at their edge`() {
        func script(_ bytes: Int) -> String {
            "steps: {a: {run: '\(String(repeating: "x", count: bytes))'}}"
        }
        #expect(Self.read(script(Limits.scriptBytes)).plan != nil)
        #expect(
            Self.headlines(script(Limits.scriptBytes + 1))
                == ["1:18 `run` has 102401 bytes; the limit is 102400"]
        )
        let name = String(repeating: "n", count: 63)
        #expect(Self.read("steps: {\(name): {run: x}}").plan != nil)
        #expect(Self.read("steps: {\(name)n: {run: x}}").plan == nil)
        let bytes = [UInt8](repeating: UInt8(ascii: " "), count: Limits.specBytes + 1)
        #expect(PipelineReader.read(bytes, file: "a.yaml").diagnostics.count == 1)
    }

    @Test func `lists a hundred faults and counts the rest`() {
        let steps = (0..<150).map { "  s\($0): {runn: x}\n" }.joined()
        let reading = Self.read("steps:\n" + steps)
        #expect(reading.diagnostics.count == Limits.diagnostics)
        #expect(reading.omitted == 200)
        #expect(reading.rendered.hasSuffix("\n200 more are not shown\n"))
    }

    @Test(arguments: [
        Snippet("echo $WEIR_DIR", "a"), Snippet("echo ${WEIR_DIR}/x", "a"),
        Snippet("echo $WEIR_DIRX $MY_WEIR_DIR $WEIR_DIR_ $WEIR_DIR_Q", ""),
        Snippet("python -c 'os.environ[\"WEIR_DIR\"]'", "a"),
        Snippet("ls $WEIR_DIR_N $WEIR_DIR_FAR_OFF", "n far-off"), Snippet("ls $WEIR_DIR_NOT", ""),
    ])
    func `a step gets a folder if a text names it`(_ row: Snippet) throws {
        let text = """
            steps:
              n: {run: x}
              far-off: {run: x}
              not: {run: x}
              a:
                needs: [n, far-off]
                run: |
                  \(row.text)
            """
        let plan = try #require(Self.read(text).plan)
        let names = plan.steps.filter(\.hasDirectory).map(\.name)
        #expect(names.joined(separator: " ") == row.expected)
    }

    @Test(arguments: [
        Snippet("echo $WEIR_PARAM_DATE $WEIR_RUN_ID $WEIR_OUT_N__K $WEIR_OUT_A__B__C", ""),
        Snippet(
            "x $WEIR_PARAM_DATTE",
            "7:13 `$WEIR_PARAM_DATTE` will not be set: there is no such parameter"
        ),
        Snippet(
            "${WEIR_OUT_OTHER__K}",
            "7:12 `$WEIR_OUT_OTHER__K` will not be set: `other` is not a direct need of this step"
        ),
        Snippet(
            "ls $WEIR_DIR_M",
            "7:14 `$WEIR_DIR_M` will not be set: it names no step of this file"
        ),
        Snippet(
            "$WEIR_OUT_N",
            "7:11 `$WEIR_OUT_N` will not be set: it names no step of this file"
        ),
        Snippet("WEIR_PARAM_X=1 # WEIR_DIR_Q", ""),
    ])
    func `warns of variables that will not be set`(_ row: Snippet) throws {
        let text = """
            params: {date: {type: date}}
            steps:
              n: {run: x}
              a__b: {run: x}
              other: {run: x}
              a:
                run: \(row.text)
                needs: [n, a__b]
            """
        let reading = Self.read(text)
        #expect(reading.plan != nil)
        #expect(reading.diagnostics.allSatisfy { $0.severity == .warning && $0.advice != nil })
        #expect((Self.headlines(text).first ?? "") == row.expected)
    }
}
