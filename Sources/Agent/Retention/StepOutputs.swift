import CLinux
import Glibc
import Journal
import Pipeline

/// What the steps of one run left for others, in the folders that Weir chose for it.
enum StepOutputs {
    /// The last part of every step's `WEIR_DIR` in a run: when it began, and the end of its id.
    static func folderName(of run: RunID, startedAt: Timestamp) -> String {
        // ISO 8601's basic form: no character in it needs quoting.
        let stamp = RunClockText.instant(startedAt).filter { $0 != "-" && $0 != ":" }
        return "\(stamp)-\(run.description.suffix(8))"
    }

    /// The run's folders below the state folder's own outputs, `<pipeline>/<step>/<name>`.
    ///
    /// A folder that a person named for the outputs is not looked into, and neither is what a link
    /// leads to, whoever put it there.
    static func folders(
        of started: RunStarted,
        at instant: Timestamp,
        in state: StateFolder
    )
        -> [String]
    {
        let name = folderName(of: started.run, startedAt: instant)
        let pipeline = state.outputsPath + "/" + started.pipeline
        guard !started.pipeline.isEmpty, !started.pipeline.contains("/"),
            !started.pipeline.hasPrefix("."), isFolder(state.outputsPath), isFolder(pipeline),
            let steps = try? entries(of: pipeline)
        else { return [] }
        return steps.sorted().filter { isFolder("\(pipeline)/\($0)") }
            .map { "\(pipeline)/\($0)/\(name)" }
            .filter(isFolder)
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return unsafe lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}

/// Bytes that a file, or a folder with all that is in it, takes on the disk; a link is itself.
func diskUsage(of path: String) -> Int64 {
    var status = stat()
    guard unsafe lstat(path, &status) == 0 else { return 0 }
    // As stat(2) has it: blocks of 512 bytes, whatever the file system's are.
    let own = Int64(status.st_blocks) * 512
    guard status.st_mode & S_IFMT == S_IFDIR, let names = try? entries(of: path) else { return own }
    return names.reduce(own) { $0 &+ diskUsage(of: path + "/" + $1) }
}
