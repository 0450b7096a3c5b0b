/// Finds references in text that will be run as a program, where nothing is ever replaced (G8).
enum ProgramText {
    /// A reference of ours in a program, and where.
    struct Finding {
        let fault: TemplateFault
        let position: Int
    }

    /// A shell's own `${VAR}` and `${VAR:-x}` are legal; only references of our namespaces are not.
    static func findings(in text: String, program: String) -> [Finding] {
        guard text.utf8.contains(UInt8(ascii: "$")) else { return [] }
        let bytes = Array(text.utf8)
        var findings: [Finding] = []
        let ownsItem = usesItemVariable(bytes)
        var position = 0
        while let start = bytes[position...].firstIndex(of: UInt8(ascii: "$")) {
            position = start + 1
            guard bytes[position...].first == UInt8(ascii: "{") else { continue }
            let inner = bytes[(start + 2)...].prefix { isNameByte($0) }
            let name = String(decoding: inner, as: UTF8.self)
            let isWhole = inner.endIndex < bytes.count && bytes[inner.endIndex] == UInt8(ascii: "}")
            guard let variable = variable(for: name, isWhole: isWhole, ownsItem: ownsItem) else {
                continue
            }
            let fault = TemplateFault.insideProgram(name, program: program, variable: variable)
            findings.append(Finding(fault: fault, position: start))
        }
        return findings
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        SpecName.isWord(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
    }

    /// What to write in place of `${name}`, if that is a reference of ours.
    private static func variable(for name: String, isWhole: Bool, ownsItem: Bool) -> String? {
        if name == "item" { return isWhole && !ownsItem ? "$WEIR_ITEM" : nil }
        if name == "item.index" { return "$WEIR_ITEM_INDEX" }
        if case .reference(let reference) = TemplateParser.reference(name) {
            return reference.shellVariable
        }
        let namespace = name.prefix { $0 != "." }
        guard namespace.count < name.count else { return nil }
        switch namespace {
        case "params": return "$WEIR_PARAM_…"
        case "steps": return "$WEIR_OUT_…"
        case "run": return "$WEIR_RUN_ID"
        case "item": return "$WEIR_ITEM"
        case "env", "secrets": return "$NAME"
        default: return nil
        }
    }

    /// `item` is a likely name for a shell's variable: where the text also has the bare word
    /// (`for item in`, `item=`, `read item`), `${item}` is the shell's.
    private static func usesItemVariable(_ text: [UInt8]) -> Bool {
        let word = Array("item".utf8)
        for start in text.indices.dropLast(word.count - 1)
        where text[start] == word[0] && text[start...].starts(with: word) {
            let before = start > 0 ? text[start - 1] : UInt8(ascii: " ")
            let end = start + word.count
            let after = end < text.count ? text[end] : UInt8(ascii: " ")
            let isReference = before == UInt8(ascii: "$") || before == UInt8(ascii: "{")
            if !isReference, !SpecName.isWord(before), !SpecName.isWord(after) { return true }
        }
        return false
    }
}
