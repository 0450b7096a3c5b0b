/// Which steps get a folder (`WEIR_DIR`): those whose own text names it, and those whose folder a
/// step that needs them names. Creating a folder for every step would cost more than most steps do.
extension Planner {
    mutating func markDirectories() {
        for index in steps.indices {
            for text in texts(of: spec.steps[index]) { markDirectories(namedIn: text, by: index) }
            for reference in references(of: steps[index]) {
                if case .directory(let step) = reference, let need = stepIndices[step] {
                    steps[need].hasDirectory = true
                }
            }
        }
    }

    private func texts(of step: StepSpec) -> [String] {
        var texts: [String] = []
        switch step.action {
        case .run(let script): texts.append(script.text)
        case .exec(let words): texts += words.map(\.text)
        case nil: break
        }
        if let condition = step.condition { texts.append(condition.text) }
        texts += (step.settings.env ?? spec.defaults.env ?? []).map(\.value.text)
        return texts
    }

    private func references(of step: PlannedStep) -> [Template.Reference] {
        var references = step.env.flatMap(\.value.references)
        references += step.workdir?.references ?? []
        if case .exec(let words) = step.action { references += words.flatMap(\.references) }
        return references
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
