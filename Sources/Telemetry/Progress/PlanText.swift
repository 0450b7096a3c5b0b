package import Pipeline

/// What `weir plan` prints: waves, needs and commands, before anything runs.
package enum PlanText {
    /// Without line ends; what a run would take is in `EstimateText`.
    package static func lines(_ plan: Plan, style: TerminalStyle) -> [String] {
        var lines = head(plan, style)
        for (number, wave) in plan.waves.enumerated() {
            lines.append(StyledLine())
            lines.append(StyledLine("wave \(number + 1)", .accent))
            for position in wave where plan.steps.indices.contains(position) {
                lines += step(plan.steps[position], plan, style)
            }
        }
        return lines.map { $0.rendered(style) }
    }

    /// The steps of the longest chain of needs: nothing can make the run take fewer in a row.
    ///
    /// Of several that are equally long, the one that the file names first.
    package static func longestChain(_ plan: Plan) -> [String] {
        var length = [Int](repeating: 0, count: plan.steps.count)
        var before = [Int?](repeating: nil, count: plan.steps.count)
        for position in plan.waves.joined() where plan.steps.indices.contains(position) {
            length[position] = 1
            for need in plan.steps[position].needs where plan.steps.indices.contains(need) {
                guard length[need] + 1 > length[position] else { continue }
                length[position] = length[need] + 1
                before[position] = need
            }
        }
        guard let longest = length.max(), longest > 0 else { return [] }
        var next = length.firstIndex(of: longest)
        var chain: [String] = []
        while let position = next, chain.count < plan.steps.count {
            chain.append(plan.steps[position].name)
            next = before[position]
        }
        return chain.reversed()
    }

    private static func head(_ plan: Plan, _ style: TerminalStyle) -> [StyledLine] {
        var title = StyledLine(plan.name, .strong)
        let steps = HumanText.count(plan.steps.count, "step")
        title.add(": \(steps) in \(HumanText.count(plan.waves.count, "wave"))")
        var lines = [title]
        if let description = plan.description { lines.append(StyledLine("  \(description)")) }
        for param in plan.params { lines.append(fact("param", words(param))) }
        if !plan.secrets.isEmpty {
            lines.append(fact("secrets", plan.secrets.joined(separator: ", ")))
        }
        for entry in plan.env { lines.append(fact("env", "\(entry.name)=\(entry.value.source)")) }
        if let timeout = plan.timeout { lines.append(fact("timeout", DurationText.exact(timeout))) }
        lines.append(fact("workers", plan.workers.map { "\($0)" } ?? "one per processor"))
        lines.append(fact("failure", plan.failure.rawValue))
        lines += plan.schedules.map { fact("schedule", $0.words) }
        lines += policies(plan.flow).map { fact($0.label, $0.text) }
        let chain = longestChain(plan)
        if chain.count > 1 {
            let shown = chain.prefix(8).joined(separator: " > ")
            let more = chain.count > 8 ? " > \(style.glyph(.ellipsis))" : ""
            lines.append(fact("longest", "\(chain.count) steps in a row: \(shown)\(more)"))
        }
        return lines
    }

    private static func words(_ param: ParamDefinition) -> String {
        var words = [param.kind.rawValue]
        if let minimum = param.minimum { words.append("at least \(number(minimum))") }
        if let maximum = param.maximum { words.append("at most \(number(maximum))") }
        if !param.choices.isEmpty {
            words.append("one of \(param.choices.joined(separator: " | "))")
        }
        words.append(param.defaultValue.map { "default \($0.source)" } ?? "required")
        let description = param.description.map { ": \($0)" } ?? ""
        return "\(param.name) (\(words.joined(separator: ", ")))\(description)"
    }

    private static func step(
        _ step: PlannedStep,
        _ plan: Plan,
        _ style: TerminalStyle
    ) -> [StyledLine] {
        var lines = [StyledLine("  \(step.name)", .strong)]
        let needs = step.needs.filter { plan.steps.indices.contains($0) }
        if !needs.isEmpty {
            lines.append(detail("needs", needs.map { plan.steps[$0].name }.joined(separator: ", ")))
        }
        if step.when != .success { lines.append(detail("when", step.when.rawValue)) }
        if let condition = step.condition { lines += command("if", condition, style) }
        lines += action(step.action, nil, step, style)
        if let workdir = step.workdir { lines.append(detail("workdir", workdir.source)) }
        if let timeout = step.timeout {
            lines.append(detail("timeout", DurationText.exact(timeout)))
        }
        if step.retry.attempts > 1 { lines.append(detail("retry", words(step.retry))) }
        if step.allowFailure { lines.append(detail("allowed", "to fail")) }
        lines += gates(step.gates).map { detail($0.label, $0.text) }
        if step.isFinal { lines.append(detail("finally", "after all else has ended")) }
        if let compensation = step.compensation {
            lines += action(compensation.action, "undone by", step, style)
        }
        if let cache = step.cache {
            let inputs = ([DurationText.exact(cache.ttl)] + cache.inputs).joined(separator: ", ")
            lines.append(detail("cache", inputs))
        }
        if !step.secrets.isEmpty {
            lines.append(detail("secrets", step.secrets.joined(separator: ", ")))
        }
        for entry in step.env { lines.append(detail("env", "\(entry.name)=\(entry.value.source)")) }
        return lines
    }

    private static func action(
        _ action: StepAction,
        _ label: String?,
        _ step: PlannedStep,
        _ style: TerminalStyle
    ) -> [StyledLine] {
        switch action {
        case .script(let text):
            let shell = step.shell == PlannedStep.defaultShell ? "run" : step.shell.first ?? "run"
            return command(label ?? shell, text, style)
        case .exec(let words):
            let text = words.map { quoted($0.source) }.joined(separator: " ")
            return [detail(label ?? "exec", text)]
        }
    }

    private static func words(_ retry: RetryPolicy) -> String {
        let minimum = DurationText.exact(retry.backoffMinimum)
        let maximum = DurationText.exact(retry.backoffMaximum)
        var words = [
            "\(retry.attempts) attempts", "waiting up to \(minimum), then more, up to \(maximum)",
        ]
        if retry.triggers.count < RetryPolicy.Trigger.allCases.count {
            let names = RetryPolicy.Trigger.allCases.filter(retry.triggers.contains)
            words.append("on \(names.map(\.rawValue).joined(separator: ", "))")
        }
        if !retry.exitCodes.isEmpty {
            let codes = retry.exitCodes.sorted().map { "\($0)" }.joined(separator: ", ")
            words.append("exit codes \(codes)")
        }
        return words.joined(separator: ", ")
    }

    /// A script line by line, each as it stands.
    private static func command(
        _ label: String,
        _ text: String,
        _ style: TerminalStyle
    ) -> [StyledLine] {
        var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        while let last = lines.last, last.allSatisfy(\.isWhitespace) { lines.removeLast() }
        let shown = lines.prefix(12).enumerated().map { number, line in
            detail(number == 0 ? label : "", String(line))
        }
        guard lines.count > 12 else { return shown }
        let more = HumanText.count(lines.count - 12, "more line")
        return shown + [detail("", "\(style.glyph(.ellipsis)) \(more)")]
    }

    private static func fact(_ label: String, _ value: String) -> StyledLine {
        row(indent: 2, label, value)
    }

    private static func detail(_ label: String, _ value: String) -> StyledLine {
        row(indent: 4, label, value)
    }

    private static func row(indent: Int, _ label: String, _ value: String) -> StyledLine {
        var line = StyledLine(String(repeating: " ", count: indent))
        line.add(label, .dim)
        line.pad(to: indent + 9, atLeast: 1)
        line.add(value)
        return line
    }

    /// A word as a shell would take it back.
    private static func quoted(_ word: String) -> String {
        let safe = word.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: Array("-_./:=,@%+${}".utf8).contains(byte)
            }
        }
        return safe && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }

    /// Whole numbers without a fraction.
    private static func number(_ value: Double) -> String {
        guard value.magnitude < 1e15, Double(Int64(value)) == value else { return "\(value)" }
        return "\(Int64(value))"
    }
}
