/// What is wrong with a spec as a whole: names that clash or lead nowhere, keys without effect.
enum PlanFault: SpecFault, Equatable {
    case badPipelineName(String, isFromFile: Bool)
    case badName(String, of: String)
    case duplicateStep(String, SourcePlace)
    case sameVariable(String, String, String)
    case unknownNeed(String, suggestion: String?)
    case selfNeed(String)
    case cycle([String])
    case noKind(String)
    case undeclaredSecret(String, suggestion: String?)
    case shellWithoutEffect
    case neverRuns
    case boundsOfKind(ParamDefinition.Kind)
    case badParamValue(ParamFault)
    case needsFinal(String)
    case compensationOfFinal
    case compensationOfCached
    case unknownGate(GateKind, String, suggestion: String?)
    case unusedGate(GateKind, String)
    case badZone(ZoneLookupFault)
    case sameSchedule(String)
}

extension PlanFault {
    var message: String {
        switch self {
        case .badPipelineName(let name, let isFromFile):
            isFromFile
                ? "the file's name \(quoted(name)) cannot name the pipeline"
                : "\(quoted(name)) cannot name a pipeline"
        case .badName(let name, let kind): "\(quoted(name)) cannot name a \(kind)"
        case .duplicateStep(let name, let first):
            "the step \(quoted(name)) is given twice; it stands in line \(first.line) already"
        case .sameVariable(let name, let other, let variable):
            "\(quoted(name)) and \(quoted(other)) would share the variable `\(variable)`"
        case .unknownNeed(let name, _): "there is no step \(quoted(name))"
        case .selfNeed(let name): "\(quoted(name)) needs itself"
        case .cycle(let names): "these steps wait for each other: \(PlanFault.path(names))"
        case .noKind(let name): "the step \(quoted(name)) does nothing: it has no kind"
        case .undeclaredSecret(let name, _): "the secret \(quoted(name)) is not declared"
        case .shellWithoutEffect: "`shell` has no effect: `exec` starts its program without one"
        case .neverRuns: "this step can never run: `when: failure` without `needs`"
        case .boundsOfKind(let kind): "a \(kind.rawValue) has no bounds"
        case .badParamValue(let fault): fault.message
        case .needsFinal(let name): "\(quoted(name)) stands in `finally`, and runs after this step"
        case .compensationOfFinal: "`compensate` has no effect in `finally`: nothing fails after it"
        case .compensationOfCached:
            "`compensate` and `cache` do not go together: what was undone would be taken as done"
        case .unknownGate(let kind, let name, _): "there is no \(kind.words) \(quoted(name))"
        case .unusedGate(let kind, let name): "no step names the \(kind.words) \(quoted(name))"
        case .badZone(let fault): fault.message
        case .sameSchedule(let text): "the schedule \(quoted(text)) is given twice"
        }
    }

    var advice: String? {
        switch self {
        case .badPipelineName(_, let isFromFile):
            (isFromFile ? "add `name:`; " : "")
                + "use lower-case letters, digits and `-`, beginning with no `-`, at most 63"
        case .badName:
            "use lower-case letters, digits, `-` and `_`, beginning with a letter or digit, "
                + "at most 63"
        case .duplicateStep, .sameVariable: "rename one of the two"
        case .unknownNeed(_, let suggestion):
            suggestion.map { "did you mean `\($0)`?" } ?? "name a step of this file"
        case .selfNeed: "remove it"
        case .cycle: "each needs the next: remove one of these needs"
        case .noKind: "add `run: …` for a script, or `exec: […]` for a program"
        case .undeclaredSecret(let name, let suggestion):
            suggestion.map { "did you mean `\($0)`?" }
                ?? "add \(quoted(name)) to the pipeline's `secrets`"
        case .shellWithoutEffect: "remove it, or use `run`"
        case .neverRuns: "name the steps whose failure it handles in `needs`"
        case .boundsOfKind: "remove it, or use `type: integer` or `type: number`"
        case .badParamValue(let fault): fault.advice
        case .needsFinal, .compensationOfFinal: "remove it"
        case .compensationOfCached: "remove one of the two"
        case .unknownGate(let kind, let name, let suggestion):
            suggestion.map { "did you mean `\($0)`?" }
                ?? "define \(quoted(name)) in `\(kind.key)`"
        case .unusedGate(let kind, let name):
            "write `\(kind.rawValue): \(name)` in a step, or remove it"
        case .badZone(let fault): fault.advice
        case .sameSchedule: "remove one of the two"
        }
    }

    /// `a → b → a`; the middle of a long one is left out.
    private static func path(_ names: [String]) -> String {
        var shown = names
        if names.count > 12 {
            shown = names.prefix(8) + ["… \(names.count - 11) more …"] + names.suffix(3)
        }
        return (shown + names.prefix(1)).joined(separator: " → ")
    }
}
