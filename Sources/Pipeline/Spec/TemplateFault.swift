/// What is wrong with a `${…}` reference, or with the place where it stands.
enum TemplateFault: SpecFault, Equatable {
    case unterminated
    case unknown(String)
    case itemNotSupported(String)
    case notAllowedHere(String, place: String, allowed: String)
    case unknownParam(String, suggestion: String?)
    case unknownStep(String, suggestion: String?)
    case notANeed(step: String, isList: Bool)
    case secretOutsideEnvironment(String)
    case secretNotHanded(String)
    /// A value would become part of program text; `variable` is what to write there.
    case insideProgram(String, program: String, variable: String)
}

extension TemplateFault {
    var message: String {
        switch self {
        case .unterminated: "this `${` is not closed"
        case .unknown(let name): "\(quoted("${\(name)}")) refers to nothing"
        case .itemNotSupported(let name): "\(quoted("${\(name)}")) is not supported yet"
        case .notAllowedHere(let name, let place, _):
            "\(quoted("${\(name)}")) cannot be used in \(place)"
        case .unknownParam(let name, _): "there is no parameter \(quoted(name))"
        case .unknownStep(let name, _): "there is no step \(quoted(name))"
        case .notANeed(let step, _): "\(quoted(step)) is not a direct need of this step"
        case .secretOutsideEnvironment(let name):
            "the secret \(quoted(name)) can be used in `env` only: arguments are visible to everyone"
        case .secretNotHanded(let name): "this step is not handed the secret \(quoted(name))"
        case .insideProgram(let name, let program, _):
            "\(quoted("${\(name)}")) is not replaced in \(program): a value must not become code"
        }
    }

    var advice: String? {
        switch self {
        case .unterminated: "add `}`, or write `$${` for a plain `${`"
        case .unknown(let name): unknownAdvice(name)
        case .itemNotSupported: "loop over the items in the script"
        case .notAllowedHere(_, _, let allowed): allowed
        case .unknownParam(let name, let suggestion):
            suggestion.map { "did you mean `${params.\($0)}`?" }
                ?? "declare it: `params: {\(name): {type: string}}`"
        case .unknownStep(_, let suggestion):
            suggestion.map { "did you mean `\($0)`?" } ?? "name a step of this file"
        case .notANeed(let step, _): "add \(quoted(step)) to the step's `needs`"
        case .secretOutsideEnvironment(let name):
            "write `env: {\(name): \"${secrets.\(name)}\"}`, and let the program read the variable"
        case .secretNotHanded(let name): "add `secrets: [\(name)]` to the step"
        case .insideProgram(_, _, let variable): "write `\(variable)`, in double quotes"
        }
    }

    private func unknownAdvice(_ name: String) -> String {
        if SpecName.isEnvironmentName(name) {
            return "write `${env.\(name)}` for the variable, or `$${\(name)}` for these characters"
        }
        return "known are params.…, env.…, run.id, run.scheduled_at, run.scheduled_date, "
            + "steps.….outputs.…, steps.….dir, secrets.…; `$${` stands for a plain `${`"
    }
}
