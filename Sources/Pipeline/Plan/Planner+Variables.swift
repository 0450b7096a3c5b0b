/// What the texts of steps say about Weir's variables: which steps get a folder, and which names
/// will be empty when the script runs.
///
/// A step gets a folder (`WEIR_DIR`) if its own text names it, or if a step that needs it names
/// its. Creating a folder for every step would cost more than most steps do.
extension Planner {
    mutating func readVariables() {
        for index in steps.indices {
            let step = spec.steps[index]
            readVariables(in: step.action, of: index)
            readVariables(in: step.compensation?.value.action, of: index, isAfterIt: true)
            if let condition = step.condition {
                readVariables(in: condition, of: index, isShellText: true)
            }
            for variable in step.settings.env ?? spec.defaults.env ?? [] {
                readVariables(in: variable.value, of: index, isShellText: false)
            }
            markReferredDirectories(of: steps[index])
        }
    }

    private mutating func readVariables(
        in action: ActionSpec?,
        of index: Int,
        isAfterIt: Bool = false
    ) {
        switch action {
        case .run(let script):
            readVariables(in: script, of: index, isShellText: true, isAfterIt: isAfterIt)
        case .exec(let words):
            for word in words { readVariables(in: word, of: index, isShellText: false) }
        case nil: break
        }
    }

    private mutating func markReferredDirectories(of step: PlannedStep) {
        for variable in step.env { markDirectories(referredToIn: variable.value) }
        if let workdir = step.workdir { markDirectories(referredToIn: workdir) }
        for action in [step.action, step.compensation?.action] {
            guard case .exec(let words) = action else { continue }
            for word in words { markDirectories(referredToIn: word) }
        }
    }

    private mutating func markDirectories(referredToIn template: Template) {
        for part in template.parts {
            if case .reference(.directory(let step)) = part, let need = stepIndices[step] {
                steps[need].hasDirectory = true
            }
        }
    }

    /// `isAfterIt`: the text runs after the step, and knows what that gave.
    private mutating func readVariables(
        in text: SpecText,
        of index: Int,
        isShellText: Bool,
        isAfterIt: Bool = false
    ) {
        for word in VariableWords(text.text) {
            let fault: VariableFault?
            switch word.name.dropFirst(VariableWords.prefix.count) {
            case "DIR":
                steps[index].hasDirectory = true
                fault = nil
            case let rest where rest.hasPrefix("DIR_"):
                fault = directory(String(rest.dropFirst(4)), of: index)
            case let rest where rest.hasPrefix("OUT_"):
                fault = output(String(rest.dropFirst(4)), of: index, isAfterIt: isAfterIt)
            case let rest where rest.hasPrefix("PARAM_"):
                fault = param(String(rest.dropFirst(6)))
            default: fault = nil
            }
            // Elsewhere the name may be text like any other.
            if isShellText, word.isExpanded, let fault {
                let offset = text.offset(of: word.position)
                diagnostics.report(fault, at: offset, severity: .warning)
            }
        }
    }

    private mutating func directory(_ form: String, of index: Int) -> VariableFault? {
        guard let need = stepForms[form] else { return .unknownStep("WEIR_DIR_\(form)") }
        guard steps[index].needs.contains(need) else {
            return .notANeed("WEIR_DIR_\(form)", step: steps[need].name)
        }
        steps[need].hasDirectory = true
        return nil
    }

    /// `<STEP>__<KEY>`; a step's name may itself hold `__`, so every division is tried.
    private func output(_ text: String, of index: Int, isAfterIt: Bool) -> VariableFault? {
        let bytes = Array(text.utf8)
        var other: Int?
        for end in bytes.indices.dropLast(2)
        where bytes[end] == UInt8(ascii: "_") && bytes[end + 1] == UInt8(ascii: "_") {
            let form = String(decoding: bytes[..<end], as: UTF8.self)
            guard let step = stepForms[form] else { continue }
            if steps[index].needs.contains(step) || isAfterIt && step == index { return nil }
            other = step
        }
        guard let other else { return .unknownStep("WEIR_OUT_\(text)") }
        return .notANeed("WEIR_OUT_\(text)", step: steps[other].name)
    }

    private func param(_ form: String) -> VariableFault? {
        guard !paramForms.contains(form) else { return nil }
        let suggestion = suggestion(for: form, among: paramForms)
        return .unknownParam(form, suggestion: suggestion)
    }
}

/// A variable of Weir's that will be empty in a script.
enum VariableFault: SpecFault, Equatable {
    case unknownStep(String)
    case notANeed(String, step: String)
    case unknownParam(String, suggestion: String?)

    var message: String {
        switch self {
        case .unknownStep(let name): "`$\(name)` will not be set: it names no step of this file"
        case .notANeed(let name, let step):
            "`$\(name)` will not be set: \(quoted(step)) is not a direct need of this step"
        case .unknownParam(let form, _):
            "`$WEIR_PARAM_\(form)` will not be set: there is no such parameter"
        }
    }

    var advice: String? {
        switch self {
        case .unknownStep: "write the step's name in capitals, with `_` for `-`"
        case .notANeed(_, let step): "add \(quoted(step)) to the step's `needs`"
        case .unknownParam(_, let suggestion):
            suggestion.map { "did you mean `$WEIR_PARAM_\($0)`?" } ?? "declare it in `params`"
        }
    }
}

/// The words of a text that begin with `WEIR_`, where a word is what a shell takes as a variable's
/// name.
private struct VariableWords: Sequence, IteratorProtocol {
    struct Word {
        let name: String
        /// The word's first byte in the text.
        let position: Int
        /// Whether `$` or `${` stands right before it.
        let isExpanded: Bool
    }

    static let prefix = "WEIR_"
    private static let prefixBytes = Array(prefix.utf8)

    private let bytes: [UInt8]
    private var position = 0

    init(_ text: String) {
        bytes = text.utf8.contains(UInt8(ascii: "W")) ? Array(text.utf8) : []
    }

    mutating func next() -> Word? {
        while let start = bytes[position...].firstIndex(of: UInt8(ascii: "W")) {
            position = start + 1
            guard start == 0 || !SpecName.isWord(bytes[start - 1]) else { continue }
            let word = bytes[start...].prefix { SpecName.isWord($0) }
            position = word.endIndex
            guard word.starts(with: VariableWords.prefixBytes) else { continue }
            return Word(
                name: String(decoding: word, as: UTF8.self),
                position: start,
                isExpanded: isExpanded(at: start)
            )
        }
        position = bytes.count
        return nil
    }

    private func isExpanded(at start: Int) -> Bool {
        let before = bytes[..<start].suffix(2)
        return before.last == UInt8(ascii: "$") || before.elementsEqual("${".utf8)
    }
}
