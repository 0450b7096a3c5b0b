import Pipeline

extension Template {
    /// The template as it stands in the file.
    var source: String {
        parts.map { part in
            switch part {
            case .text(let text): text.replacing("${", with: "$${")
            case .reference(let reference): "${\(reference.source)}"
            }
        }.joined()
    }
}

extension Template.Reference {
    fileprivate var source: String {
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
}
