/// What a reference may refer to, by where it stands.
enum TemplateScope {
    /// The default of a parameter: only the run is known.
    case paramDefault
    /// `env` of the pipeline, and `defaults`: there is no step yet.
    case allSteps(place: String)
    /// `exec` and `workdir` of a step.
    case step
    /// `env` of a step, the only place for its secrets.
    case stepEnvironment

    /// The fault of a reference that can never stand here, whatever the names.
    func refusal(of reference: Template.Reference) -> TemplateFault? {
        let name = reference.name
        switch (reference, self) {
        case (.runID, _), (.runScheduledAt, _), (.runScheduledDate, _): return nil
        case (_, .paramDefault):
            let allowed = "only run.id, run.scheduled_at and run.scheduled_date are known there"
            return .notAllowedHere(name, place: "the default of a parameter", allowed: allowed)
        case (.param, _), (.env, _): return nil
        case (.secret(let secret), .step): return .secretOutsideEnvironment(secret)
        case (_, .allSteps(let place)):
            return .notAllowedHere(name, place: place, allowed: "use it in the step itself")
        case (.output, _), (.directory, _), (.secret, .stepEnvironment): return nil
        }
    }
}
