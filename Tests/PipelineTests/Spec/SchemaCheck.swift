import Pipeline

/// As much of a JSON Schema validator as our own schema needs; an unknown keyword is a complaint,
/// so that it cannot be passed over.
struct SchemaCheck {
    let root: YAMLNode

    /// What of `node` the schema does not allow.
    func complaints(_ node: YAMLNode) -> [String] { complaints(node, root) }

    private func complaints(_ node: YAMLNode, _ schema: YAMLNode) -> [String] {
        schema.entries.flatMap { complaints(node, schema, $0.key.text, $0.value) }
    }

    private func complaints(
        _ node: YAMLNode,
        _ schema: YAMLNode,
        _ keyword: String,
        _ value: YAMLNode
    ) -> [String] {
        switch keyword {
        case "$schema", "$defs", "title", "description", "default": []
        case "$ref": complaints(node, definition(value.text))
        case "type": allows(node, value) ? [] : ["type \(outline(node))"]
        case "enum": value.items.contains { $0.text == node.text } ? [] : ["enum \(node.text)"]
        case "pattern": matches(node, value.text) ? [] : ["pattern \(node.text)"]
        case "minimum": node.number.map { $0 < value.number ?? 0 } == true ? ["minimum"] : []
        case "maximum": node.number.map { $0 > value.number ?? 0 } == true ? ["maximum"] : []
        case "minItems": node.isSequence && node.items.count < 1 ? ["minItems"] : []
        case "minProperties": node.isMapping && node.entries.count < 1 ? ["minProperties"] : []
        case "items": node.items.flatMap { complaints($0, value) }
        case "required": missing(node, value)
        case "properties":
            node.entries.flatMap { entry in
                value.member(entry.key.text).map { complaints(entry.value, $0) } ?? []
            }
        case "additionalProperties": additional(node, schema, value)
        case "propertyNames":
            node.entries.flatMap { entry in
                let name = YAMLNode(offset: 0, content: .scalar(entry.key))
                return matches(name, value.member("pattern")?.text ?? "") ? [] : [entry.key.text]
            }
        case "oneOf":
            value.items.filter { complaints(node, $0).isEmpty }.count == 1 ? [] : ["oneOf"]
        default: ["unknown keyword \(keyword)"]
        }
    }

    private func definition(_ reference: String) -> YAMLNode {
        let name = reference.split(separator: "/").last.map(String.init) ?? ""
        return root.member("$defs")?.member(name) ?? root
    }

    private func missing(_ node: YAMLNode, _ names: YAMLNode) -> [String] {
        guard node.isMapping else { return [] }
        return names.items.map(\.text).filter { node.member($0) == nil }.map { "no \($0)" }
    }

    private func additional(_ node: YAMLNode, _ schema: YAMLNode, _ value: YAMLNode) -> [String] {
        let known = schema.member("properties")
        return node.entries.filter { known?.member($0.key.text) == nil }.flatMap { entry in
            value.isMapping ? complaints(entry.value, value) : ["unknown \(entry.key.text)"]
        }
    }

    private func allows(_ node: YAMLNode, _ types: YAMLNode) -> Bool {
        let names = types.isSequence ? types.items.map(\.text) : [types.text]
        let isInteger = node.typeName == "integer" && names.contains("number")
        return isInteger || names.contains(node.typeName)
    }

    private func matches(_ node: YAMLNode, _ pattern: String) -> Bool {
        guard node.typeName == "string", let regex = try? Regex(pattern) else {
            return node.typeName != "string"
        }
        return node.text.firstMatch(of: regex) != nil
    }
}

extension YAMLNode {
    fileprivate var entries: [YAMLEntry] {
        if case .mapping(let entries) = content { entries } else { [] }
    }
    fileprivate var items: [YAMLNode] {
        if case .sequence(let items) = content { items } else { [] }
    }
    fileprivate var text: String {
        if case .scalar(let scalar) = content { scalar.text } else { "" }
    }
    fileprivate var number: Double? {
        guard case .scalar(let scalar) = content else { return nil }
        switch scalar.value {
        case .integer(let value): return Double(value)
        case .float(let value): return value
        default: return nil
        }
    }
    fileprivate var isMapping: Bool {
        if case .mapping = content { true } else { false }
    }
    fileprivate var isSequence: Bool {
        if case .sequence = content { true } else { false }
    }
    fileprivate var typeName: String {
        switch content {
        case .mapping: return "object"
        case .sequence: return "array"
        case .unreadable: return "unreadable"
        case .scalar(let scalar):
            switch scalar.value {
            case .null: return "null"
            case .boolean: return "boolean"
            case .integer: return "integer"
            case .float: return "number"
            case .text: return "string"
            }
        }
    }
    func member(_ name: String) -> YAMLNode? {
        entries.first { $0.key.text == name }?.value
    }
    /// The keys of a map.
    var keys: [String] { entries.map(\.key.text) }
}
