/// `cache`: what a step's work depends on, and how long it stands.
extension SpecDecoder {
    mutating func cache(_ node: YAMLNode) -> CachePolicy? {
        guard case .mapping = node.content else {
            mismatch(node, expected: "a map", advice: "write `cache: {inputs: [\"src/**\"]}`")
            return nil
        }
        var policy = CachePolicy()
        eachEntry(of: node, as: .cache) { decoder, entry in
            switch entry.key.text {
            case "inputs": policy.inputs = decoder.globs(entry.value)
            case "ttl": policy.ttl = decoder.timeout(entry.value) ?? policy.ttl
            default: break
            }
        }
        return policy
    }

    private mutating func globs(_ node: YAMLNode) -> [String] {
        if case .sequence(let items) = node.content, items.isEmpty {
            report(.emptyList("inputs"), at: node.offset)
        }
        return oneOrMore(node, of: "inputs", expected: "a path pattern").compactMap { glob in
            let isUpward = glob.text.split(separator: "/").contains("..")
            guard !glob.text.isEmpty, !glob.text.hasPrefix("/"), !isUpward else {
                report(.badGlob(glob.text), at: glob.offset)
                return nil
            }
            return glob.text
        }
    }
}
