/// A function, initializer, subscript or computed property, with the lines it spans.
struct FunctionExtent: Equatable {
    var name: String
    var line: Int
    var length: Int
}

/// Finds the functions of a file by keywords and braces; the formatter guarantees the rest.
struct FunctionScanner {
    private let code: [UInt8]
    private var position = 0
    private var line = 1
    private var found: [FunctionExtent] = []

    private init(_ text: SwiftText) {
        code = text.bytes
    }

    static func functions(in text: SwiftText) -> [FunctionExtent] {
        var scanner = FunctionScanner(text)
        scanner.scan()
        return scanner.found
    }

    private static let keywords: Set<String> = ["func", "init", "deinit", "subscript", "var"]

    private mutating func scan() {
        var previous: UInt8 = 0
        while position < code.count {
            guard isWord(code[position]) else {
                previous = code[position]
                advance()
                continue
            }
            let word = takeWord()
            // `.init(` and `self.init(` are calls, not declarations.
            if previous != UInt8(ascii: "."), Self.keywords.contains(word) { note(word) }
            previous = 0
        }
    }

    private mutating func note(_ keyword: String) {
        let name = keyword == "func" || keyword == "var" ? declaredName() : keyword
        guard let open = bodyStart(isVariable: keyword == "var"), let close = closing(open) else {
            return
        }
        let length = code[position..<close].count { $0 == UInt8(ascii: "\n") } + 1
        found.append(FunctionExtent(name: name, line: line, length: length))
    }

    /// The text up to the parameter list, without moving: nested functions are found as well.
    private func declaredName() -> String {
        let name = code[position...].drop { $0 == UInt8(ascii: " ") }
            .prefix { !" (<:=,\n".utf8.contains($0) }
        // A raw identifier is blanked; all of them share one name.
        return name.isEmpty ? "`…`" : String(decoding: name, as: UTF8.self)
    }

    /// The brace that opens the body; `nil` for a requirement of a protocol or a stored property.
    private func bodyStart(isVariable: Bool) -> Int? {
        var depth = 0
        var index = position
        var word: [UInt8] = []
        while index < code.count {
            let byte = code[index]
            switch byte {
            case UInt8(ascii: "("), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: ")"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: "{") where depth == 0: return index
            case UInt8(ascii: "}") where depth == 0: return nil
            case UInt8(ascii: "=") where depth == 0 && isVariable: return nil
            case UInt8(ascii: "\n") where depth == 0 && isVariable: return nil
            default: break
            }
            if isWord(byte) {
                word.append(byte)
            } else {
                if depth == 0, endsDeclaration(word) { return nil }
                word = []
            }
            if depth < 0 { return nil }
            index += 1
        }
        return nil
    }

    private func endsDeclaration(_ word: [UInt8]) -> Bool {
        [
            "func", "var", "let", "init", "case", "static", "struct", "enum", "class",
            "associatedtype",
        ]
        .contains(String(decoding: word, as: UTF8.self))
    }

    private func closing(_ open: Int) -> Int? {
        var depth = 0
        for index in open..<code.count {
            if code[index] == UInt8(ascii: "{") { depth += 1 }
            if code[index] == UInt8(ascii: "}") { depth -= 1 }
            if depth == 0 { return index }
        }
        return nil
    }

    private func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: byte >= 0x80
        }
    }

    private mutating func takeWord() -> String {
        let word = code[position...].prefix(while: isWord)
        position = word.endIndex
        return String(decoding: word, as: UTF8.self)
    }

    private mutating func advance() {
        if code[position] == UInt8(ascii: "\n") { line += 1 }
        position += 1
    }
}
