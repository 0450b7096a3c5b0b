import Pipeline

/// All that a step's work depends on, before its files are read.
///
/// What it is handed counts: its text, its folder, variables and secrets that the pipeline and the
/// step name, every parameter, and of each need the outputs and the content of its folder. What
/// differs from run to run by itself does not (ids, times, `TRACEPARENT`, paths of `WEIR_DIR`), nor
/// what it inherits from Weir's own environment, unless a template names it.
struct CacheIngredients: Sendable {
    var step: String
    var policy: CachePolicy
    /// Texts, each with what it is.
    var texts: [String] = []
    /// Absolute: where it works, and where `policy.inputs` begin.
    var workdir: String
    /// Folders of needs, in their order.
    var folders: [String] = []
    /// Whether it leaves a folder of its own.
    var hasDirectory: Bool

    private static let format = "weir cache 1"

    mutating func add(_ what: String, _ text: String) {
        texts += [what, text]
    }

    mutating func add(script text: String, shell: [String]) {
        for word in shell { add("shell", word) }
        add("run", text)
    }

    /// Reads every file; may take long.
    ///
    /// - Parameters:
    ///   - secret: The state folder's key for all keys.
    ///   - isWanted: Asked between two files.
    /// - Returns: What names the entry.
    /// - Throws: `InputFiles.Fault`
    func key(
        _ secret: [UInt8],
        isWanted: () -> Bool
    ) throws(InputFiles.Fault) -> String {
        var hash = CacheHash(key: secret)
        hash.add(Self.format)
        hash.add(texts.count)
        for text in texts { hash.add(text) }
        hash.add(workdir)
        hash.add(hasDirectory ? "folder" : "no folder")
        for folder in folders {
            hash.add("need")
            try InputFiles(root: folder, patterns: ["**"], isComplete: true)
                .feed(&hash, isWanted: isWanted)
        }
        hash.add("inputs")
        hash.add(policy.inputs.count)
        for pattern in policy.inputs { hash.add(pattern) }
        try InputFiles(root: workdir, patterns: policy.inputs).feed(&hash, isWanted: isWanted)
        return hash.digest.description
    }
}

extension StepEnvironment {
    /// What the step's work depends on; `outputs` is what finished steps gave, by step index.
    ///
    /// Throws where a template asks for what is not there: the attempt will say so.
    func cacheIngredients(
        of index: Int,
        _ policy: CachePolicy,
        outputs: [Int: [String: String]]
    ) throws(LaunchError) -> CacheIngredients {
        let step = plan.steps[index]
        let plain = resolver(for: step.needs, outputs: outputs)
        let resolve = { (reference: Template.Reference) throws(LaunchError) -> String in
            // The path is another one in each run; what is in the folder counts.
            if case .directory(let name) = reference { return "folder of \(name)" }
            return try plain(reference)
        }
        let workdir = try step.workdir?.rendered(resolve)
        var ingredients = CacheIngredients(
            step: step.name,
            policy: policy,
            workdir: absolute(workdir ?? "."),
            hasDirectory: step.hasDirectory
        )
        ingredients.add("pipeline", plan.name)
        ingredients.add("step", step.name)
        switch step.action {
        case .script(let text): ingredients.add(script: text, shell: step.shell)
        case .exec(let words):
            for word in words { ingredients.add("exec", try word.rendered(resolve)) }
        }
        for entry in plan.env + step.env {
            ingredients.add("env \(entry.name)", try entry.value.rendered(resolve))
        }
        for (name, value) in context.params { ingredients.add("param \(name)", value) }
        for name in step.secrets { ingredients.add("secret \(name)", context.secrets[name] ?? "") }
        for need in step.needs { add(need, outputs[need] ?? [:], to: &ingredients) }
        return ingredients
    }

    private func add(
        _ need: Int,
        _ outputs: [String: String],
        to ingredients: inout CacheIngredients
    ) {
        ingredients.add("need", plan.steps[need].name)
        for (key, value) in outputs.sorted(by: { $0.key < $1.key }) {
            ingredients.add("output \(key)", value)
        }
        if plan.steps[need].hasDirectory { ingredients.folders.append(directory(of: need)) }
    }
}
