/// `steps` and `finally`, and what a step consists of.
extension SpecDecoder {
    /// - Returns: the steps, and whether they are a sequence.
    mutating func steps(_ node: YAMLNode, of key: String) -> ([StepSpec], Bool) {
        var steps: [StepSpec] = []
        let most = key == "finally" ? Limits.finalSteps : Limits.steps
        let count: Int
        let isSequence: Bool
        switch node.content {
        case .mapping(let entries):
            count = entries.count
            isSequence = false
            for entry in entries.prefix(most) {
                let name = SpecText(scalar: entry.key, offset: entry.keyOffset)
                steps.append(step(entry.value, name: name))
            }
        case .sequence(let items):
            count = items.count
            isSequence = true
            for item in items.prefix(most) {
                if let step = listedStep(item) { steps.append(step) }
            }
        case .scalar, .unreadable:
            mismatch(node, expected: "a map or a list of steps", advice: nil)
            return ([], false)
        }
        if count == 0 { report(.emptyList(key), at: node.offset) }
        if count > most { report(.tooManySteps(key, count, most), at: node.offset) }
        return (steps, isSequence)
    }

    private mutating func listedStep(_ node: YAMLNode) -> StepSpec? {
        guard case .mapping(let entries) = node.content else {
            mismatch(
                node,
                expected: "a step",
                advice: "write `- name: …` with the step's keys below"
            )
            return nil
        }
        guard let entry = entries.first(where: { $0.key.text == "name" }) else {
            report(.missingKey("name", "this step of a list"), at: node.offset)
            let name = YAMLScalar(text: "", style: .plain, sourceStart: node.offset)
            _ = step(node, name: SpecText(scalar: name, offset: node.offset), isListed: true)
            return nil
        }
        guard !isNull(entry.value), let name = scalar(entry.value, expected: "a name") else {
            if isNull(entry.value) { report(.noValue("name"), at: entry.keyOffset) }
            return nil
        }
        return step(node, name: name, isListed: true)
    }

    private mutating func step(
        _ node: YAMLNode,
        name: SpecText,
        isListed: Bool = false
    ) -> StepSpec {
        var step = StepSpec(name: name, offset: isListed ? node.offset : name.offset)
        if isNull(node) {
            step.hasKind = true
            report(.noValue(name.text), at: name.offset)
            return step
        }
        var kind: String?
        let entries = eachEntry(of: node, as: .step) { decoder, entry in
            let key = entry.key.text
            if key == "run" || key == "exec" {
                if let kind { decoder.report(.secondKind(key, kind), at: entry.keyOffset) }
                kind = kind ?? key
            }
            if key == "name", !isListed {
                decoder.report(.nameOfMappedStep, at: entry.keyOffset)
            }
            decoder.stepEntry(entry, into: &step)
        }
        step.hasKind = entries.map(SpecDecoder.namesKind) ?? true
        return step
    }

    /// A kind that is refused has been reported; the step does not lack one.
    private static func namesKind(_ entries: [YAMLEntry]) -> Bool {
        entries.contains { entry in
            ["run", "exec", "http", "pipeline", "approve"].contains(entry.key.text)
        }
    }

    private mutating func stepEntry(_ entry: YAMLEntry, into step: inout StepSpec) {
        let value = entry.value
        switch entry.key.text {
        case "name": break
        case "run": step.action = step.action ?? command(value, of: "run").map { .run($0) }
        case "exec": step.action = step.action ?? arguments(value).map { .exec($0) }
        case "needs": step.needs = oneOrMore(value, of: "needs", expected: "the name of a step")
        case "when": step.when = choice(value)
        case "if": step.condition = command(value, of: "if")
        case "secrets": step.secrets = secretNames(value, mayBeSingle: true)
        case "compensate":
            step.compensation = Placed(value: compensation(value), offset: entry.keyOffset)
        default: setting(entry, into: &step.settings)
        }
    }

    /// The keys that `defaults` shares with steps.
    mutating func setting(_ entry: YAMLEntry, into settings: inout StepSettings) {
        let value = entry.value
        switch entry.key.text {
        case "shell":
            if let words = shell(value) {
                settings.shell = Placed(value: words, offset: entry.keyOffset)
            }
        case "env": settings.env = environment(value)
        case "workdir": settings.workdir = text(value, of: "workdir")
        case "timeout": settings.timeout = timeout(value)
        case "idle_timeout": settings.idleTimeout = timeout(value)
        case "grace": settings.grace = timeout(value)
        case "on_crash": settings.onCrash = choice(value)?.value
        case "retry": settings.retry = retry(value)
        case "cache": settings.cache = cache(value)
        case "allow_failure": settings.allowFailure = boolean(value)
        case "pool": settings.pool = text(value, of: "pool")
        case "rate_limit": settings.rateLimit = text(value, of: "rate_limit")
        case "breaker": settings.breaker = text(value, of: "breaker")
        default: break
        }
    }

    mutating func command(_ node: YAMLNode, of key: String) -> SpecText? {
        guard let text = text(node, of: key) else { return nil }
        guard text.text.utf8.count <= Limits.scriptBytes else {
            report(.tooLong(key, text.text.utf8.count), at: node.offset)
            return nil
        }
        return text
    }

    mutating func arguments(_ node: YAMLNode) -> [SpecText]? {
        let advice = "write `exec: [program, argument]`, or use `run` for a script"
        guard let items = sequence(node, advice: advice) else { return nil }
        guard !items.isEmpty else {
            report(.emptyList("exec"), at: node.offset)
            return nil
        }
        var words: [SpecText] = []
        for item in items {
            guard let word = scalar(item, expected: "an argument") else { continue }
            let bytes = word.text.utf8.count
            if bytes > Limits.scriptBytes { report(.tooLong("exec", bytes), at: item.offset) }
            words.append(word)
        }
        guard words.count == items.count else { return nil }
        guard let program = words.first, !program.text.isEmpty else {
            report(.emptyText("exec"), at: node.offset)
            return nil
        }
        return words
    }

    private mutating func shell(_ node: YAMLNode) -> [String]? {
        var words: [String] = []
        if case .sequence(let items) = node.content {
            for item in items {
                if let word = scalar(item, expected: "a word") { words.append(word.text) }
            }
            guard words.count == items.count else { return nil }
        } else {
            guard let text = scalar(node, expected: "words or a list of words") else { return nil }
            guard !text.text.contains(where: { "\"'\\$`".contains($0) }) else {
                report(.shellQuoting, at: node.offset)
                return nil
            }
            words = text.text.split { $0 == " " || $0 == "\t" || $0 == "\n" }.map(String.init)
        }
        guard let program = words.first, !program.isEmpty else {
            report(.emptyText("shell"), at: node.offset)
            return nil
        }
        return words
    }
}
