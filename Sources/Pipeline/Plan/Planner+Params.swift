/// Parameters: their names, bounds and defaults.
extension Planner {
    mutating func plannedParams() -> [ParamDefinition] {
        var forms: [String: String] = [:]
        var params: [ParamDefinition] = []
        for param in spec.params {
            let name = param.name.text
            paramNames.insert(name)
            if !SpecName.isStepName(name) {
                report(.badName(name, of: "parameter"), at: param.name.offset)
            }
            let form = SpecName.environmentForm(name)
            paramForms.insert(form)
            if let other = forms.updateValue(name, forKey: form) {
                report(.sameVariable(name, other, "WEIR_PARAM_\(form)"), at: param.name.offset)
            }
            params.append(definition(of: param))
        }
        return params
    }

    private mutating func definition(of param: ParamSpec) -> ParamDefinition {
        checkBounds(of: param)
        var definition = ParamDefinition(
            name: param.name.text,
            kind: param.kind,
            minimum: param.minimum?.value,
            maximum: param.maximum?.value,
            description: param.description?.text
        )
        let choices = param.choices.map { choice in
            let text = value(choice, of: param)
            if param.isKindKnown { check(text, at: choice.offset, definition) }
            return text
        }
        definition.choices = choices
        guard let standard = param.defaultValue else { return definition }
        let template = template(standard, .paramDefault, nil)
        guard template.references.isEmpty else {
            definition.defaultValue = template
            return definition
        }
        let text = value(standard, of: param)
        if param.isKindKnown { check(text, at: standard.offset, definition) }
        definition.defaultValue = TemplateParser.isPlain(text) ? Template(text: text) : template
        return definition
    }

    /// As written, but `0x10` and `+5` of an integer in their one form: what a caller gives is
    /// compared with it.
    private func value(_ text: SpecText, of param: ParamSpec) -> String {
        guard param.kind == .integer, case .integer(let value) = text.scalar.value else {
            return text.text
        }
        return String(value)
    }

    private mutating func check(_ value: String, at offset: Int, _ definition: ParamDefinition) {
        do {
            _ = try definition.checked(value)
        } catch {
            report(.badParamValue(error), at: offset)
        }
    }

    private mutating func checkBounds(of param: ParamSpec) {
        if let minimum = param.minimum, let maximum = param.maximum,
            minimum.value > maximum.value
        {
            diagnostics.report(ValueFault.reversedBounds, at: minimum.offset)
        }
        guard param.isKindKnown, param.kind != .integer, param.kind != .number else { return }
        for bound in [param.minimum, param.maximum] {
            if let bound { report(.boundsOfKind(param.kind), at: bound.offset) }
        }
    }
}
