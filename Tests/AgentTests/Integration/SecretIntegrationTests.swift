import Pipeline
import TestSupport
import Testing

/// A planted secret is looked for wherever Weir writes (G8).
@Suite(.serialized, .timeLimit(.minutes(10)))
struct SecretIntegrationTests {
    let planted = "correct-horse/battery\"staple"

    private func makeBench(_ endpoint: String) -> WeirBench {
        let bench = WeirBench(endpoint: endpoint)
        bench.environment["TOKEN"] = planted
        bench.pipeline(
            """
            secrets: [TOKEN]
            steps:
              given:
                secrets: [TOKEN]
                env: {HEADER: "Bearer ${secrets.TOKEN}"}
                run: |
                  [ -n "$TOKEN" ] && [ "$HEADER" = "Bearer $TOKEN" ] || exit 9
                  echo "plain $TOKEN"; echo "$TOKEN" >&2
                  printf '%s' "$TOKEN" | base64
                  printf 'corr'; printf 'ect-horse/bat' ; printf 'tery"staple'
                  echo "copy=$TOKEN" >> "$WEIR_OUTPUT"
              used: {needs: given, run: 'echo "[$WEIR_OUT_GIVEN__COPY]"; echo "<${TOKEN-unset}>"'}
              failing:
                needs: used
                secrets: [TOKEN]
                run: echo "failed with $TOKEN" >&2; exit 1
            """
        )
        return bench
    }

    @Test func `a secret's value is in no file, span, report or line that Weir writes`() throws {
        let collector = try LoopbackCollector()
        let bench = makeBench(collector.endpoint)
        let run = bench.weir("run")
        #expect(run.code == 1, "\(run.err)")
        var places = bench.files()
        places["weir.yaml"] = nil
        places["(bodies)"] = collector.bodies().joined()
        places["(out)"] = run.out
        places["(err)"] = run.err
        places["(json)"] = bench.weir("run", "--progress", "json").out
        places["(show)"] = bench.weir("show", "last", "--json").out + bench.weir("show").out
        #expect(places["(bodies)"]?.contains("failed with ***") == true)
        // The whole, what JSON makes of it, and base64.
        for form in ["horse/battery", "horse\\/battery", "Y29ycmVjdC1ob3JzZS9iYXR0"] {
            for (place, text) in places where text.contains(form) {
                Issue.record("\(place) holds \(form)")
            }
        }
        #expect(bench.weir("logs", "last", "used").out == "[***]\n<unset>\n")
    }

    @Test func `a secret that is missing, short or given as a parameter is refused first`() {
        let bench = makeBench("http://127.0.0.1:9/")
        bench.environment["TOKEN"] = nil
        var run = bench.weir("run")
        #expect(run.code == 2)
        #expect(run.err.contains("TOKEN_FILE"))
        bench.environment["TOKEN"] = "short"
        run = bench.weir("run")
        #expect(run.code == 2)
        #expect(run.err.contains("6 bytes"))
        bench.environment["TOKEN"] = nil
        bench.environment["TOKEN_FILE"] = bench.folder.path + "/token"
        bench.folder.write("token", planted + "\n")
        #expect(bench.weir("run", "--progress", "none").code == 1)
        bench.pipeline("secrets: [TOKEN]\nparams: {x: {}}\nsteps: {a: {run: 'true'}}")
        run = bench.weir("run", "--param", "x=\(planted)")
        #expect(run.code == 2)
        #expect(!run.err.contains(planted))
        #expect(bench.weir("runs", "--json").out.split(separator: "weir\"").count < 3)
    }
}
