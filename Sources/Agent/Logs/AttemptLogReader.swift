import CLinux
import Glibc
package import Pipeline
package import Telemetry

/// Reads what one attempt has printed, older file first, and goes on where it stopped when there is
/// more, also after the file has moved aside.
///
/// Logs that an older version wrote have another name and no times; they are read as lines.
package final class AttemptLogReader {
    private let path: String
    private let plainPath: String
    /// -1 while there is none.
    private var file: Int32 = -1
    private var isClosed = false
    /// The file is one without times.
    private var isPlain = false
    /// What was read of a line that has not ended.
    private var rest: [UInt8] = []
    /// Gives all of it, once, where it is no file of this machine.
    private var fetch: (() -> [UInt8])?
    /// Gives all of it as it is by now, again and again, and what of that was read.
    private var following: (fetch: () -> [UInt8], seen: LogSuffix)?
    private static let chunkBytes = 64 << 10
    /// A record is shorter; of plain lines, which have no bound, longer ones are given in pieces.
    private static let restMax = 64 << 10

    package init(_ attempt: AttemptRef, of folder: RunFolder) {
        path = "\(folder.logsPath)/\(AttemptLog.name(of: attempt))"
        plainPath = "\(folder.logsPath)/\(AttemptLog.plainName(of: attempt))"
    }

    /// Of what an attempt has printed on another machine.
    ///
    /// - Parameters:
    ///   - isPlain: Whether an older version wrote it.
    ///   - fetch: Gives it as `AttemptRecords` does; asked once. `nil`: it has printed nothing.
    package init(isPlain: Bool, fetch: (() -> [UInt8])?) {
        (path, plainPath) = ("", "")
        self.isPlain = isPlain
        self.fetch = fetch
        isClosed = true
    }

    /// Of what an attempt prints on another machine, while it does.
    ///
    /// - Parameters:
    ///   - isThere: Whether it has printed anything by now.
    ///   - fetch: Gives all of it that is kept, each time it is asked.
    package init(isThere: Bool, following fetch: @escaping () -> [UInt8]) {
        (path, plainPath) = ("", "")
        following = (fetch, LogSuffix(isThere: isThere))
        isClosed = true
    }

    deinit {
        if file >= 0 { _ = Glibc.close(file) }
    }

    /// Whether the attempt has printed anything.
    package var isThere: Bool {
        guard !path.isEmpty else { return fetch != nil || following?.seen.isThere ?? false }
        return file >= 0 || Self.isThere(path) || Self.isThere(plainPath)
    }

    /// Whether it has no times, as older versions wrote logs.
    package var isOfOlderVersion: Bool {
        if path.isEmpty { return isPlain }
        return !Self.isThere(path) && Self.isThere(plainPath)
    }

    private static func isThere(_ path: String) -> Bool {
        unsafe Glibc.access(path, F_OK) == 0 || Glibc.access(path + ".1", F_OK) == 0
    }

    /// Lets go of the file; nothing is read any more.
    package func close() {
        if file >= 0 { _ = Glibc.close(file) }
        file = -1
        isClosed = true
        fetch = nil
        following = nil
    }

    /// Gives what has been written since the last call.
    ///
    /// - Parameter body: Gets each record; it is valid as long as the call lasts. False ends the
    ///   reading.
    /// - Returns: False when `body` did not want more.
    package func read(_ body: (LogPiece) -> Bool) -> Bool {
        if let fetch {
            self.fetch = nil
            return take(fetch()[...], body)
        }
        if let fetch = following?.fetch {
            let news = following?.seen.take(fetch()) ?? []
            return take(news, body)
        }
        if file < 0, !isClosed { openFirst() }
        while file >= 0 {
            guard readFile(body) else { return false }
            guard let next = successor() else { return true }
            // What moved aside was written before: it is read to its end first.
            guard readFile(body) else { return false }
            rest.removeAll()
            _ = Glibc.close(file)
            file = next
        }
        return true
    }

    /// Gives the beginning of a line that never ended, when nothing follows.
    ///
    /// - Parameter body: Gets it.
    /// - Returns: False when `body` did not want more.
    package func finish(_ body: (LogPiece) -> Bool) -> Bool {
        defer { rest.removeAll() }
        guard !rest.isEmpty else { return true }
        // A record that a crash cut is a piece as well, if it got as far as its text.
        guard isPlain else {
            guard var piece = LogPiece(record: rest[...]) else { return true }
            piece.ending = .end
            return body(piece)
        }
        return body(LogPiece(text: rest[...], ending: .end))
    }

    // MARK: - Files

    private func openFirst() {
        for (path, isPlain) in [(path, false), (plainPath, true)] {
            guard let found = Self.open(path + ".1") ?? Self.open(path) else { continue }
            self.isPlain = isPlain
            file = found
            return
        }
    }

    /// The file that what follows is in; `nil` while it is this one.
    private func successor() -> Int32? {
        let path = isPlain ? plainPath : path
        guard let own = Self.identity(of: file), own != Self.identity(of: path) else { return nil }
        // Between the two nothing stands under the name.
        if Self.identity(of: path + ".1") == own { return Self.open(path) }
        // It was replaced while nobody looked: the older of both is next.
        return Self.open(path + ".1") ?? Self.open(path)
    }

    private struct Identity: Equatable {
        var device: dev_t
        var inode: ino_t
    }

    private static func identity(of path: String) -> Identity? {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        return Identity(device: status.st_dev, inode: status.st_ino)
    }

    private static func identity(of file: Int32) -> Identity? {
        var status = stat()
        guard unsafe fstat(file, &status) == 0 else { return nil }
        return Identity(device: status.st_dev, inode: status.st_ino)
    }

    private static func open(_ path: String) -> Int32? {
        let number = unsafe weir_open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0)
        return number >= 0 ? number : nil
    }

    // MARK: - Records

    private func readFile(_ body: (LogPiece) -> Bool) -> Bool {
        var buffer = [UInt8](repeating: 0, count: Self.chunkBytes)
        while true {
            let count = unsafe Glibc.read(file, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return true }
            guard take(buffer[..<count], body) else { return false }
        }
    }

    private func take(_ bytes: ArraySlice<UInt8>, _ body: (LogPiece) -> Bool) -> Bool {
        var left = bytes
        while let newline = left.firstIndex(of: 0x0A) {
            let line = left[..<newline]
            left = left[(newline + 1)...]
            if rest.isEmpty {
                guard give(line, body) else { return false }
            } else {
                rest += line
                let whole = rest
                rest.removeAll(keepingCapacity: true)
                guard give(whole[...], body) else { return false }
            }
        }
        rest += left
        guard rest.count > Self.restMax else { return true }
        let piece = rest
        rest.removeAll()
        return body(LogPiece(text: piece[...], ending: .piece))
    }

    /// A line that is no record was damaged, and is shown as it is.
    private func give(_ line: ArraySlice<UInt8>, _ body: (LogPiece) -> Bool) -> Bool {
        let record = isPlain ? nil : LogPiece(record: line)
        return body(record ?? LogPiece(text: line, ending: .line))
    }
}
