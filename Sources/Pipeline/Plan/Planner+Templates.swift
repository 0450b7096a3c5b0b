/// What a step's references are checked against.
struct StepContext {
    let needs: SmallSet<Int>
    let secrets: SmallSet<String>
    let isListed: Bool

    init(needs: [Int], secrets: [String], isListed: Bool) {
        self.needs = SmallSet(needs)
        self.secrets = SmallSet(secrets)
        self.isListed = isListed
    }
}

/// References: whether they may stand where they do, and lead somewhere.
extension Planner {
    mutating func entry(
        _ variable: EnvironmentSpec,
        _ scope: TemplateScope,
        _ context: StepContext?
    ) -> EnvironmentEntry {
        EnvironmentEntry(
            name: variable.name.text,
            value: template(variable.value, scope, context)
        )
    }

    mutating func template(
        _ text: SpecText,
        _ scope: TemplateScope,
        _ context: StepContext?
    ) -> Template {
        guard !TemplateParser.isPlain(text.text) else { return Template(text: text.text) }
        var parts: [Template.Part] = []
        for part in TemplateParser.parts(of: text.text) {
            switch part.content {
            case .text(let literal): parts.append(.text(literal))
            case .fault(let fault): diagnostics.report(fault, at: text.offset(of: part.position))
            case .reference(let reference):
                if let fault = scope.refusal(of: reference) ?? fault(of: reference, context) {
                    diagnostics.report(fault, at: text.offset(of: part.position))
                } else {
                    parts.append(.reference(reference))
                }
            }
        }
        return Template(parts: parts)
    }

    private func fault(
        of reference: Template.Reference,
        _ context: StepContext?
    ) -> TemplateFault? {
        switch reference {
        case .runID, .runScheduledAt, .runScheduledDate, .env: return nil
        case .param(let name):
            guard !paramNames.contains(name) else { return nil }
            let suggestion = suggestion(for: name, among: spec.params.lazy.map(\.name.text))
            return .unknownParam(name, suggestion: suggestion)
        case .output(let step, _), .directory(let step):
            guard let index = stepIndices[step] else {
                return .unknownStep(step, suggestion: suggestedStep(step))
            }
            guard let context, !context.needs.contains(index) else { return nil }
            return .notANeed(step: step, isList: context.isListed)
        case .secret(let name):
            guard let context, !context.secrets.contains(name) else { return nil }
            return .secretNotHanded(name)
        }
    }
}
