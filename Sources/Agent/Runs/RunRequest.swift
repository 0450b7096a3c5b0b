package import Pipeline

/// What somebody asks to be run, before it is known whether it can be.
package struct RunRequest: Sendable {
    package var plan: Plan
    /// The spec's text and its file, as given.
    package var spec: [UInt8]
    package var file: String
    /// Absolute: where the steps work.
    package var directory: String
    /// In the order given.
    package var params: [(name: String, value: String)] = []
    package var workers: Int?
    /// Who asks: `cli`, `api`, `schedule`.
    package var trigger: String
    /// Absolute: where steps leave what others need.
    package var outputs: String

    package init(
        plan: Plan,
        spec: [UInt8],
        file: String,
        directory: String,
        trigger: String,
        outputs: String
    ) {
        self.plan = plan
        self.spec = spec
        self.file = file
        self.directory = directory
        self.trigger = trigger
        self.outputs = outputs
    }

    /// Why it cannot be run; each says what is wrong with what was given.
    package struct Refusal: Error, Hashable, CustomStringConvertible {
        package var faults: [String]

        package var description: String { faults.joined(separator: "\n") }
    }

    /// Resolves parameters and secrets.
    ///
    /// - Parameters:
    ///   - id: The run's.
    ///   - scheduledAt: What `${run.scheduled_at}` stands for.
    ///   - scheduledOffset: Of the zone in which that is told, in seconds east of UTC.
    ///   - environment: Where secrets are found.
    /// - Returns: A run that may begin.
    /// - Throws: `Refusal`
    package func newRun(
        _ id: RunID,
        scheduledAt: Timestamp,
        scheduledOffset: Int = 0,
        environment: [String: String]
    ) throws(Refusal) -> NewRun {
        let resolved: [ParamResolution.Value]
        do {
            resolved = try ParamResolution.resolve(
                plan.params,
                given: params,
                run: id,
                scheduledAt: scheduledAt,
                scheduledOffset: scheduledOffset
            )
        } catch {
            throw Refusal(faults: ["\(error)"])
        }
        var new = NewRun(
            id: id,
            plan: plan,
            document: document,
            params: resolved,
            secrets: try secrets(environment),
            scheduledAt: scheduledAt
        )
        new.scheduledOffset = scheduledOffset
        return new
    }

    private var document: PlanDocument {
        PlanDocument(
            pipeline: plan.name,
            file: file,
            directory: directory,
            spec: String(decoding: spec, as: UTF8.self),
            specDigest: SHA256Digest(of: spec).description,
            params: params.map { PlanDocument.Param($0.name, $0.value) },
            workers: workers,
            trigger: trigger,
            outputs: outputs
        )
    }

    /// The values of the plan's secrets; none of them may be given as a parameter too, since
    /// parameters are stored with the plan.
    private func secrets(_ environment: [String: String]) throws(Refusal) -> [String: String] {
        let found = SecretStore(environment: environment).values(of: plan.secrets)
        guard found.faults.isEmpty else {
            throw Refusal(faults: found.faults.map(\.description))
        }
        let mask = SecretMask(values: Array(found.values.values))
        for param in params where mask.masked(param.value) != param.value {
            let fault =
                "parameter `\(param.name)` holds the value of a secret and would be stored with "
                + "the run: hand the secret to the step with `secrets:`"
            throw Refusal(faults: [fault])
        }
        return found.values
    }
}
