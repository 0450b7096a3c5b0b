import Pipeline

/// A node written on one line: texts in quotes, numbers, booleans and null by their meaning.
func outline(_ node: YAMLNode) -> String {
    switch node.content {
    case .unreadable: "<unreadable>"
    case .sequence(let items): "[\(items.map(outline).joined(separator: ", "))]"
    case .mapping(let entries):
        "{\(entries.map { "\(literal($0.key.text)): \(outline($0.value))" }.joined(separator: ", "))}"
    case .scalar(let scalar):
        switch scalar.value {
        case .null: "null"
        case .boolean(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .float(let value): "float \(value)"
        case .text: literal(scalar.text)
        }
    }
}

/// The outline of what the reader makes of a text, or its first error: `2:3 message`.
func outline(of text: String) -> String {
    let source = SourceText(Array(text.utf8), file: "t")
    var diagnostics = DiagnosticList(source: source)
    let root = YAMLReader.read(source, reporting: &diagnostics)
    if let first = diagnostics.sorted.first {
        return "\(first.place.line):\(first.place.column) \(first.message)"
    }
    return root.map(outline) ?? "nothing"
}

private func literal(_ text: String) -> String {
    var result = "'"
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\n": result += "\\n"
        case "\t": result += "\\t"
        case "\r": result += "\\r"
        case "\\": result += "\\\\"
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "'"
}
