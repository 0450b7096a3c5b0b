import Pipeline

extension Template {
    /// The template as it stands in the file.
    var source: String {
        parts.map { part in
            switch part {
            case .text(let text): text.replacing("${", with: "$${")
            case .reference(let reference): "${\(reference.name)}"
            }
        }.joined()
    }
}
