/// What may stand where a value or an operand is wanted, as the words of the table tell: help, shell
/// completions and the man page speak of the same things.
enum CompletionKind: Equatable {
    case files
    case folders
    /// Runs: ids, `last`, names of pipelines.
    case runs
    /// Pipelines of an agent.
    case pipelines
    /// A program and its own words.
    case program
    /// One of these.
    case words([String])
    /// Nothing that a shell could know.
    case text

    /// - Parameter word: What the table calls it: `FILE`, `RUN`, `bash|zsh`.
    init(_ word: Substring) {
        let name = word.filter { $0.isLetter || $0 == "|" }
        switch name {
        case "FILE": self = .files
        case "DIR": self = .folders
        case "RUN": self = .runs
        case "NAME": self = .pipelines
        case "CMD": self = .program
        default:
            let words = name.split(separator: "|").map(String.init)
            self = words.count > 1 ? .words(words) : .text
        }
    }
}

extension Option {
    /// What its value may be.
    var kind: CompletionKind {
        guard choices.isEmpty else { return .words(choices) }
        // A name that is given to something new is nobody's yet.
        guard let value, value != "NAME" else { return .text }
        return CompletionKind(value[...])
    }
}

extension Command {
    /// What its operands may be, in their order; the last one stands for those that follow.
    var operandKinds: [CompletionKind] {
        operands.split(separator: " ").filter { $0 != "--" }.map { CompletionKind($0) }
    }
}
