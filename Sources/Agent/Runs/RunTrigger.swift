/// Who asked for a run, as its first event remembers it (`weir.run.trigger`).
package enum RunTrigger {
    /// By `weir run`.
    package static let cli = "cli"
    /// By `weir exec`.
    package static let exec = "exec"
    /// By `POST /api/v1/pipelines/<name>/runs`.
    package static let api = "api"

    /// By a slot of the pipeline's `schedule`.
    package static let schedule = "schedule"

    /// Those whose runs an agent takes up by itself when it finds them interrupted.
    static let ofAgent: Set<String> = [api, schedule]

    /// Whether an agent takes such a run up by itself.
    package static func isAgents(_ trigger: String) -> Bool { ofAgent.contains(trigger) }
}
