import Glibc
package import Pipeline
package import Telemetry

/// What `/debug/tasks` of an agent tells, for runs of a state folder, whoever runs them: their
/// journals are folded each time.
package final class FolderTasks {
    private let state: StateFolder
    private let groups = ProcessGroups()
    /// Runs that are looked at, newest first: one that goes on is hardly older.
    private static let runsLookedAt = 10_000

    package init(_ state: StateFolder) {
        self.state = state
    }

    /// All that runs now, with so many steps at most.
    package func table(at now: Timestamp, limit: Int) throws(StateError) -> TaskTable {
        var runs: [(RunSnapshot, [AttemptRef: String])] = []
        for id in try state.runIDs().prefix(Self.runsLookedAt) {
            let folder = state.run(id)
            // One that cannot be read, or that has just been deleted, is not shown as running.
            guard let owner = try? folder.ownerPID(), owner >= 0,
                let snapshot = try? folder.snapshot(), snapshot.end == nil
            else { continue }
            runs.append((snapshot, folder.lastLines(of: snapshot)))
        }
        let reading = runs.isEmpty ? ProcessGroups.Reading() : groups.reading()
        return TaskTable(
            runs: runs,
            usage: reading.usage,
            isUsageComplete: reading.isComplete,
            at: now,
            limit: limit
        )
    }
}

extension RunFolder {
    /// The last line that each attempt has printed that runs now.
    fileprivate func lastLines(of run: RunSnapshot) -> [AttemptRef: String] {
        var lines: [AttemptRef: String] = [:]
        for step in run.steps {
            guard let live = step.current else { continue }
            let attempt = AttemptRef(step: step.name, part: live.part, number: live.number)
            lines[attempt] = lastLine(of: attempt)
        }
        return lines
    }

    /// Of the newest of its log alone: a line is hardly longer.
    private func lastLine(of attempt: AttemptRef) -> String? {
        let file = unsafe open("\(logsPath)/\(AttemptLog.name(of: attempt))", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { _ = close(file) }
        var bytes = [UInt8](repeating: 0, count: 8 << 10)
        let end = lseek(file, 0, SEEK_END)
        let count = unsafe pread(file, &bytes, bytes.count, max(0, end - bytes.count))
        guard count > 0 else { return nil }
        let pieces = bytes[..<count].split(separator: UInt8(ascii: "\n"))
        for record in pieces.reversed() {
            guard let piece = LogPiece(record: record), !piece.text.isEmpty else { continue }
            return String(decoding: piece.text.prefix(1_024), as: UTF8.self)
        }
        return nil
    }
}
