/// Which steps get a folder (`WEIR_DIR`): those whose own text names it, and those whose folder a
/// step that needs them names. Creating a folder for every step would cost more than most steps do.
extension Planner {
    mutating func markDirectories() {
        for index in steps.indices {
            markDirectories(namedBy: index)
            markDirectories(referredToBy: steps[index])
        }
    }

    private mutating func markDirectories(namedBy index: Int) {
        let step = spec.steps[index]
        switch step.action {
        case .run(let script): markDirectories(namedIn: script.text, by: index)
        case .exec(let words):
            for word in words { markDirectories(namedIn: word.text, by: index) }
        case nil: break
        }
        if let condition = step.condition { markDirectories(namedIn: condition.text, by: index) }
        for variable in step.settings.env ?? spec.defaults.env ?? [] {
            markDirectories(namedIn: variable.value.text, by: index)
        }
    }

    private mutating func markDirectories(referredToBy step: PlannedStep) {
        for variable in step.env { markDirectories(referredToIn: variable.value) }
        if let workdir = step.workdir { markDirectories(referredToIn: workdir) }
        guard case .exec(let words) = step.action else { return }
        for word in words { markDirectories(referredToIn: word) }
    }

    private mutating func markDirectories(referredToIn template: Template) {
        for part in template.parts {
            if case .reference(.directory(let step)) = part, let need = stepIndices[step] {
                steps[need].hasDirectory = true
            }
        }
    }

    private mutating func markDirectories(namedIn text: String, by index: Int) {
        for word in DirectoryWords(text) {
            if word.isEmpty {
                steps[index].hasDirectory = true
            } else if let need = stepForms[word], steps[index].needs.contains(need) {
                steps[need].hasDirectory = true
            }
        }
    }
}

/// The words of a text that are `WEIR_DIR` (given as an empty text) or `WEIR_DIR_<FORM>` (given as
/// the form), where a word is what a shell takes as a variable's name.
private struct DirectoryWords: Sequence, IteratorProtocol {
    private let bytes: [UInt8]
    private var position = 0

    private static let name = Array("WEIR_DIR".utf8)

    init(_ text: String) {
        bytes = text.utf8.contains(UInt8(ascii: "W")) ? Array(text.utf8) : []
    }

    mutating func next() -> String? {
        while position < bytes.count {
            let rest = bytes[position...]
            guard let start = rest.firstIndex(of: DirectoryWords.name[0]) else { break }
            position = start + 1
            guard start == 0 || !SpecName.isWord(bytes[start - 1]) else { continue }
            let word = bytes[start...].prefix { SpecName.isWord($0) }
            position = word.endIndex
            guard word.starts(with: DirectoryWords.name) else { continue }
            let form = word.dropFirst(DirectoryWords.name.count)
            if form.isEmpty { return "" }
            guard form.first == UInt8(ascii: "_"), form.count > 1 else { continue }
            return String(decoding: form.dropFirst(), as: UTF8.self)
        }
        position = bytes.count
        return nil
    }
}
