import Pipeline
import Testing

/// What files say of gates, undoing and `finally`, and what of it is refused.
struct FlowPlannerTests {
    private func read(_ text: String) -> PipelineReading {
        PipelineReader.read(Array(text.utf8), file: "weir.yaml")
    }

    /// `2:5 message`, of errors and warnings.
    private func headlines(_ text: String) -> [String] {
        read(text).diagnostics.map { diagnostic in
            let kind = diagnostic.severity == .error ? "" : "warning: "
            return
                "\(diagnostic.place.line):\(diagnostic.place.column) \(kind)\(diagnostic.message)"
        }
    }

    @Test(arguments: [
        (
            "pools: {db: 1}\nsteps: {a: {run: x, pool: bd}}",
            ["1:9 warning: no step names the pool `db`", "2:27 there is no pool `bd`"]
        ),
        ("steps: {a: {run: x, breaker: site}}", ["1:30 there is no breaker `site`"]),
        (
            "defaults: {pool: nope}\nsteps: {a: {run: x}, b: {run: y}}",
            ["1:18 there is no pool `nope`"]
        ),
        (
            "breakers: {site: {failures: 5}}\nsteps: {a: {run: x}}",
            ["1:12 warning: no step names the breaker `site`"]
        ),
        (
            "rate_limits: {s: 0/s}\nsteps: {a: {run: x, rate_limit: s}}",
            ["1:18 the rate `0/s` would let nothing start, ever"]
        ),
        (
            "rate_limits: {s: 2/w}\nsteps: {a: {run: x}}",
            ["1:15 warning: no step names the rate limit `s`", "1:18 `2/w` is no rate"]
        ),
        ("pools: {}\nsteps: {a: {run: x}}", ["1:8 `pools` is empty"]),
        (
            "pools: {db: 0}\nsteps: {a: {run: x}}",
            [
                "1:9 warning: no step names the pool `db`",
                "1:13 0 is not between 1 and \(Limits.gatePlaces)",
            ]
        ),
        (
            "steps: {a: {run: x, compensate: {timeout: 5s}}}",
            ["1:33 `compensate` has no `run`"]
        ),
        (
            "steps: {a: {run: x, cache: {ttl: 1h}, compensate: {run: y}}}",
            [
                "1:39 `compensate` and `cache` do not go together: what was undone would be taken"
                    + " as done"
            ]
        ),
        (
            "steps: {a: {run: x}}\nfinally: {b: {run: y, compensate: {run: z}}}",
            ["2:23 `compensate` has no effect in `finally`: nothing fails after it"]
        ),
        (
            "steps: {a: {run: x, needs: b}}\nfinally: {b: {run: y}}",
            ["1:28 `b` stands in `finally`, and runs after this step"]
        ),
        (
            "steps: {a: {run: x}}\nfinally: {a: {run: y}}",
            ["2:11 the step `a` is given twice; it stands in line 1 already"]
        ),
    ])
    func `says what is wrong, and where`(text: String, expected: [String]) {
        #expect(headlines(text) == expected)
    }

    @Test func `finally may need any step, and comes last all the same`() throws {
        let text = """
            finally:
              - {name: y, run: 'echo $WEIR_OUT_A__K', needs: a}
              - {name: z, run: x, when: failure}
            steps:
              a: {run: x}
              b: {needs: a, run: x}
            """
        let plan = try #require(read(text).plan)
        #expect(plan.steps.map(\.name) == ["a", "b", "y", "z"])
        #expect(plan.steps.map(\.isFinal) == [false, false, true, true])
        #expect(plan.steps.map(\.needs) == [[], [0], [0], [2]])
        #expect(plan.steps.map(\.when) == [.success, .success, .always, .failure])
        #expect(plan.waves == [[0], [1], [2], [3]])
    }

    @Test func `what ends a run cannot hang for ever`() throws {
        let text = """
            steps:
              a: {run: x, timeout: 5s, compensate: {run: y}}
              b: {run: x, timeout: 5s, compensate: {run: y, timeout: 7s}}
              c: {run: x, compensate: {run: y}}
            finally:
              d: {run: y}
              e: {run: y, timeout: 3s}
            """
        let steps = try #require(read(text).plan).steps
        #expect(
            steps.map(\.compensation?.timeout) == [
                .seconds(5), .seconds(7), Limits.ending, nil, nil,
            ]
        )
        #expect(
            steps.map(\.timeout) == [.seconds(5), .seconds(5), nil, Limits.ending, .seconds(3)]
        )
    }

    @Test func `a run has at most a thousand last steps`() {
        let many = (0...Limits.finalSteps).map { "f\($0): {run: y}" }.joined(separator: ", ")
        #expect(
            headlines("steps: {a: {run: x}}\nfinally: {\(many)}") == [
                "2:10 `finally` has 1001 steps; the limit is 1000"
            ]
        )
    }

    @Test func `what undoes a step knows what the step gave`() throws {
        let text = """
            steps:
              a:
                run: echo "id=1" >> "$WEIR_OUTPUT"
                compensate: {exec: [rm, '${steps.a.outputs.id}', '${steps.a.dir}']}
              b: {run: x, compensate: {run: 'rm $WEIR_OUT_B__ID'}}
            """
        #expect(headlines(text).isEmpty)
        #expect(try #require(read(text).plan).steps.map(\.hasDirectory) == [true, false])
    }

    @Test func `a pool's names are those of steps, and a hundred of a kind are enough`() {
        #expect(
            headlines("pools: {A: 1}\nsteps: {a: {run: x, pool: A}}") == [
                "1:9 `A` cannot name a pool"
            ]
        )
        let many = (0...Limits.gateNames).map { "p\($0): 1" }.joined(separator: ", ")
        let found = headlines("pools: {\(many)}\nsteps: {a: {run: x}}")
        #expect(found.contains("1:8 `pools` has 101 names; the limit is 100"))
    }
}
