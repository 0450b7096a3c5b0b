import Glibc
package import Journal
package import Pipeline

/// The folder in which Weir remembers everything.
///
///     <state>/
///     ├── runs/<id>/        one folder a run (`RunFolder`)
///     ├── runs/.new-<id>/   a run being prepared, or what a crash left of one
///     ├── runs/.old-<id>/   a run being deleted, or what a crash left of one
///     ├── outputs/          what steps leave for others, unless put elsewhere
///     ├── cache/            what steps left for runs to come (`CacheStore`)
///     ├── agent/           what happened on that agent, of which no run tells (`AgentJournal`)
///     ├── agent.lock        held by the agent that serves this folder
///     ├── agent.sock        where that agent answers this user's commands
///     ├── expected/         by when jobs under `weir exec` are to succeed (`Expectation`)
///     ├── flow.json         that agent's rate limits and breakers (`FlowStore`)
///     ├── totals.json       what that agent has counted (`AgentMetrics`)
///     ├── overlap/          the locks by which runs of a pipeline know of each other (`OverlapLock`)
///     ├── totals.lock       held by whoever replaces the totals (`TotalsFile`)
///     ├── token             what allows changes on that agent (`AgentToken`)
///     └── export.lock       held by whoever sends the backlog of ownerless runs
package struct StateFolder: Sendable {
    /// Absolute.
    package let path: String
    package let storage: any JournalStorage

    package init(path: String, storage: any JournalStorage = PosixStorage()) {
        self.path = path
        self.storage = storage
    }

    /// The folder that the environment names: `$WEIR_STATE_DIR`, else the first of systemd's
    /// `$STATE_DIRECTORY`, else `$XDG_STATE_HOME/weir`, else `~/.local/state/weir`.
    ///
    /// A relative `WEIR_STATE_DIR` starts at `workingFolder`; a relative `XDG_STATE_HOME` is
    /// ignored, as the XDG Base Directory Specification says.
    package init(
        environment: [String: String],
        workingFolder: String,
        storage: any JournalStorage = PosixStorage()
    ) throws(StateError) {
        func value(_ name: String) -> String? {
            environment[name].flatMap { $0.isEmpty ? nil : $0 }
        }
        if let own = value("WEIR_STATE_DIR") {
            let path = own.hasPrefix("/") ? own : workingFolder + "/" + own
            self.init(path: trimmed(path), storage: storage)
        } else if let systemd = value("STATE_DIRECTORY")?.split(separator: ":").first {
            self.init(path: trimmed(String(systemd)), storage: storage)
        } else if let xdg = value("XDG_STATE_HOME"), xdg.hasPrefix("/") {
            self.init(path: trimmed(xdg) + "/weir", storage: storage)
        } else if let home = value("HOME"), home.hasPrefix("/") {
            self.init(path: trimmed(home) + "/.local/state/weir", storage: storage)
        } else {
            throw .nowhere
        }
    }

    package var runsPath: String { path + "/runs" }
    package var outputsPath: String { path + "/outputs" }
    package var exportLockPath: String { path + "/export.lock" }
    package var totalsPath: String { path + "/totals.json" }
    package var flowPath: String { path + "/flow.json" }
    var totalsLockPath: String { path + "/totals.lock" }
    package var agentFolderPath: String { path + "/agent" }
    var expectedPath: String { path + "/expected" }
    package var tokenPath: String { path + "/token" }
    package var agentSocketPath: String { path + "/agent.sock" }
    package var agentLockPath: String { path + "/agent.lock" }

    /// Makes the folder, where it is missing, for its owner alone.
    package func prepare() throws(StateError) {
        do throws(StorageError) {
            try storage.makeFolders(runsPath)
        } catch {
            throw .unusable(folder: path, cause: error)
        }
    }

    package func run(_ id: RunID) -> RunFolder {
        RunFolder(id: id, path: runsPath + "/" + id.description, storage: storage)
    }

    /// The ids of all runs, newest first; none where nothing has ever run.
    package func runIDs() throws(StateError) -> [RunID] {
        let names: [String]
        do throws(StorageError) {
            names = try entries(of: runsPath)
        } catch {
            if error.code == ENOENT { return [] }
            throw .unusable(folder: path, cause: error)
        }
        return names.compactMap { RunID(hex: $0) }
            .sorted { ($0.high, $0.low) > ($1.high, $1.low) }
    }

    /// The right to send what ownerless runs have not sent.
    package func takeExportLock() throws(StateError) -> FileLock {
        try FileLock.take(exportLockPath)
    }

    /// The agent that serves this folder; `nil` when none does, 0 when it has not said.
    package func agentPID() throws(StateError) -> Int32? {
        try FileLock.owner(of: agentLockPath)
    }

    /// The right to serve this folder: one agent has it.
    ///
    /// - Throws: `locked` with the pid of the agent that serves it already.
    package func takeAgentLock() throws(StateError) -> FileLock {
        try FileLock.take(agentLockPath)
    }
}

/// `path` without slashes at its end.
private func trimmed(_ path: String) -> String {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    return path
}
