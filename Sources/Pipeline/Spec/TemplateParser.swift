/// Splits a text into what stands for itself and its `${…}` references.
///
/// Only the grammar is checked here; whether a reference may stand where it does is the planner's
/// to say (`TemplateScope`).
enum TemplateParser {
    /// A part with the position of its first byte in the text.
    struct Part {
        enum Content {
            case text(String)
            case reference(Template.Reference)
            case fault(TemplateFault)
        }

        let content: Content
        let position: Int
    }

    static func parts(of text: String) -> [Part] {
        let bytes = Array(text.utf8)
        var parts: [Part] = []
        var literal: [UInt8] = []
        var position = 0
        func flush() {
            guard !literal.isEmpty else { return }
            let text = String(decoding: literal, as: UTF8.self)
            parts.append(Part(content: .text(text), position: position))
            literal.removeAll()
        }
        while position < bytes.count {
            let rest = bytes[position...]
            if rest.starts(with: escapedOpening) {
                literal.append(contentsOf: opening)
                position += escapedOpening.count
            } else if rest.starts(with: opening) {
                flush()
                let inner = rest.dropFirst(2).prefix { $0 != close }
                guard inner.endIndex < bytes.count else {
                    parts.append(Part(content: .fault(.unterminated), position: position))
                    return parts
                }
                let name = String(decoding: inner, as: UTF8.self)
                parts.append(Part(content: reference(name), position: position))
                position = inner.endIndex + 1
            } else {
                literal.append(bytes[position])
                position += 1
            }
        }
        flush()
        return parts
    }

    /// Whether the text holds anything that `parts` would not give back as it is.
    static func isPlain(_ text: String) -> Bool {
        !text.utf8.contains(UInt8(ascii: "$"))
    }

    private static let opening = Array("${".utf8)
    private static let escapedOpening = Array("$${".utf8)
    private static let close = UInt8(ascii: "}")

    static func reference(_ name: String) -> Part.Content {
        let words = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        let rest = words.dropFirst().joined(separator: ".")
        switch words[0] {
        case "params" where SpecName.isStepName(rest): return .reference(.param(rest))
        case "env" where SpecName.isEnvironmentName(rest): return .reference(.env(rest))
        case "secrets" where SpecName.isEnvironmentName(rest): return .reference(.secret(rest))
        case "run" where words.count == 2: return runReference(words[1])
        case "steps": return stepReference(name, words)
        case "item" where words.count == 1 || words == ["item", "index"]:
            return .fault(.itemNotSupported(name))
        default: return .fault(.unknown(name))
        }
    }

    private static func runReference(_ name: String) -> Part.Content {
        switch name {
        case "id": .reference(.runID)
        case "scheduled_at": .reference(.runScheduledAt)
        case "scheduled_date": .reference(.runScheduledDate)
        default: .fault(.unknown("run." + name))
        }
    }

    private static func stepReference(_ name: String, _ words: [String]) -> Part.Content {
        guard words.count >= 3, SpecName.isStepName(words[1]) else { return .fault(.unknown(name)) }
        if words.count == 3, words[2] == "dir" { return .reference(.directory(step: words[1])) }
        if words.count == 4, words[2] == "outputs", isOutputKey(words[3]) {
            return .reference(.output(step: words[1], key: words[3]))
        }
        return .fault(.unknown(name))
    }

    private static func isOutputKey(_ key: String) -> Bool {
        !key.isEmpty && key.utf8.count <= 128
            && key.utf8.allSatisfy { SpecName.isWord($0) || $0 == UInt8(ascii: "-") }
    }
}

extension Template.Reference {
    /// As it is written, without `${` and `}`.
    package var name: String {
        switch self {
        case .param(let name): "params.\(name)"
        case .env(let name): "env.\(name)"
        case .runID: "run.id"
        case .runScheduledAt: "run.scheduled_at"
        case .runScheduledDate: "run.scheduled_date"
        case .output(let step, let key): "steps.\(step).outputs.\(key)"
        case .directory(let step): "steps.\(step).dir"
        case .secret(let name): "secrets.\(name)"
        }
    }

    /// How a script gets the same value: the text of a variable, as a shell expands it.
    package var shellVariable: String {
        switch self {
        case .param(let name): "$WEIR_PARAM_\(SpecName.environmentForm(name))"
        case .env(let name), .secret(let name): "$\(name)"
        case .runID: "$WEIR_RUN_ID"
        case .runScheduledAt: "$WEIR_SCHEDULED_AT"
        case .runScheduledDate: "${WEIR_SCHEDULED_AT%%T*}"
        case .output(let step, let key):
            "$WEIR_OUT_\(SpecName.environmentForm(step))__\(SpecName.environmentForm(key))"
        case .directory(let step): "$WEIR_DIR_\(SpecName.environmentForm(step))"
        }
    }
}
