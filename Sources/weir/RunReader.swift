import Agent
import Glibc
import Pipeline
import Telemetry

/// A run that a reference means, and who runs it: a process, 0 when it has not said which, nobody.
struct FoundRun {
    var id: RunID
    var owner: Int32?

    init(id: RunID, owner: Int32? = nil) {
        self.id = id
        self.owner = owner
    }
}

/// A run as it can be shown, wherever it was read.
struct ReadRun {
    var folder: RunFolder
    var owner: Int32?
    var snapshot: RunSnapshot

    var isInterrupted: Bool { snapshot.end == nil && owner == nil }
}

/// Where commands read runs: all that they print is folded and rendered here, from the same events.
protocol RunReader {
    /// Where it looks, in the words of an empty answer.
    var place: String { get }
    /// The ids of all runs, newest first.
    func runIDs() throws -> [RunID]
    /// The run that `reference` means.
    func find(_ reference: String) throws -> FoundRun
    /// The run, `nil` once it has been deleted.
    func find(_ id: RunID) throws -> FoundRun?
    /// Its journal and plan, to be read.
    func folder(of run: FoundRun) throws -> RunFolder
    /// Takes into its folder what was written since.
    ///
    /// - Returns: Who runs it, as of before: whoever has let go of it by then has written all.
    func refresh(_ folder: RunFolder) throws -> Int32?
    /// Ended runs of its pipeline that began earlier, newest first.
    func history(of run: RunSnapshot) throws -> [RunSnapshot]
    /// Who reads what attempts of the run have printed; `nil`: the run's folder has it.
    func logs(of run: FoundRun) throws -> RemoteLogs?
    /// Asks whoever runs it to end it; at once, if forced.
    ///
    /// - Returns: Who that is.
    func cancel(_ run: FoundRun, isForced: Bool) throws -> Int32?
}

extension RunReader {
    /// Whether a run that was there has been deleted.
    func isGone(_ id: RunID) -> Bool {
        do { return try find(id) == nil } catch { return false }
    }

    func read(_ reference: String) throws -> ReadRun {
        try read(find(reference))
    }

    /// Who runs it is known before the journal is read: a run that ends meanwhile is not taken for
    /// one that nobody runs.
    func read(_ run: FoundRun) throws -> ReadRun {
        let folder = try folder(of: run)
        return ReadRun(folder: folder, owner: run.owner, snapshot: try folder.snapshot())
    }
}

extension Setting {
    /// Where commands look for runs: at `--agent`, else `WEIR_AGENT`, else in `WEIR_STATE_DIR`, else
    /// at the system's agent where one listens, else in the user's state folder.
    func runReader(_ arguments: Arguments) throws -> any RunReader {
        if let agent = try agent(arguments) { return AgentRuns(agent) }
        return FolderRuns(state: try state())
    }

    /// The agent by which runs are read and changed; `nil`: they are in the state folder.
    func agent(_ arguments: Arguments) throws -> AgentClient? {
        let state = try state()
        if let address = try AgentAddress.named(self, arguments) {
            return AgentClient(at: address, of: state)
        }
        let own = environment["WEIR_STATE_DIR"].map { !$0.isEmpty } ?? false
        guard !own, AgentAddress.system.isOpen else { return nil }
        return AgentClient(at: .system, of: state)
    }
}

/// Runs of a state folder.
struct FolderRuns: RunReader {
    let state: StateFolder

    var place: String { state.runsPath }
    func runIDs() throws -> [RunID] { try state.runIDs() }

    func find(_ reference: String) throws -> FoundRun {
        let folder = try state.resolve(reference)
        return FoundRun(id: folder.id, owner: try folder.ownerPID())
    }

    func find(_ id: RunID) throws -> FoundRun? {
        let folder = state.run(id)
        return folder.isGone ? nil : FoundRun(id: id, owner: try folder.ownerPID())
    }

    func folder(of run: FoundRun) throws -> RunFolder { state.run(run.id) }

    func refresh(_ folder: RunFolder) throws -> Int32? { try folder.ownerPID() }

    func history(of run: RunSnapshot) throws -> [RunSnapshot] {
        run.started.map { state.history(of: $0.pipeline, before: $0.run) } ?? []
    }

    func logs(of run: FoundRun) throws -> RemoteLogs? { nil }

    func cancel(_ run: FoundRun, isForced: Bool) throws -> Int32? {
        let folder = state.run(run.id)
        if try folder.snapshot().end != nil { throw RunReaderFault.ended(run.id) }
        let owner = try folder.ownerPID()
        try folder.inbox.post(.cancel(by: "weir cancel", isForced: isForced))
        return owner
    }
}

enum RunReaderFault {
    static func ended(_ run: RunID) -> CommandError {
        CommandError("run \(run) has ended already", exitCode: ExitCode.failure)
    }
}
