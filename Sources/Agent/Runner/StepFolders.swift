import Pipeline

/// Where the steps of one run have their own folders (`WEIR_DIR`).
struct StepFolders: Sendable {
    private let base: String
    private let name: String

    init(outputs: String, pipeline: String, run: RunID, startedAt: Timestamp) {
        base = "\(outputs)/\(pipeline)"
        name = StepOutputs.folderName(of: run, startedAt: startedAt)
    }

    func path(of step: String) -> String {
        "\(base)/\(step)/\(name)"
    }

    /// By step the folders that a run took over from others.
    ///
    /// A step whose end is not there (its journal was cut) is run, and gets a folder of its own: a
    /// finished run's never changes.
    static func reused(_ past: [RecordedEvent]) -> [String: String] {
        var known: [String: String] = [:]
        var folders: [String: String] = [:]
        for recorded in past {
            switch recorded.event {
            case .stepReused(let step, let source): known[step] = source.directory
            case .stepFinished(let step, let end) where end.attempts == 0:
                folders[step] = known[step]
            default: continue
            }
        }
        return folders
    }
}
