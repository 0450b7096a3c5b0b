import CLinux
import Glibc
package import Journal
package import Pipeline
import Synchronization

/// The time zones of this machine: TZif files, each read once.
///
/// They lie in `$TZDIR`, else `/usr/share/zoneinfo`. The system's own zone is `$TZ`'s, else that of
/// `/etc/localtime`, else UTC, as tzset(3) has it.
package final class ZoneFiles: Sendable {
    private let folder: String
    private let local: String?
    private let localFile: String
    private let storage: any JournalStorage
    private let known = Mutex<[String: Result<ZoneRules, ZoneLookupFault>]>([:])

    /// The largest file of tzdata has 4 KiB.
    private static let bytesMax = 512 << 10

    /// - Parameters:
    ///   - environment: Where `TZ` and `TZDIR` are.
    ///   - localFile: What `/etc/localtime` is on a usual system.
    ///   - storage: What files are read by.
    package init(
        environment: [String: String],
        localFile: String = "/etc/localtime",
        storage: any JournalStorage = PosixStorage()
    ) {
        folder =
            environment["TZDIR"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/usr/share/zoneinfo"
        local = environment["TZ"]
        self.localFile = localFile
        self.storage = storage
    }

    package var source: ZoneSource {
        ZoneSource { [self] name throws(ZoneLookupFault) in try find(name) }
    }

    /// The rules of a zone, or of the system's where the name is `nil`.
    package func find(_ name: String?) throws(ZoneLookupFault) -> ZoneRules {
        // A file may be slow: nobody else waits for it.
        if let found = known.withLock({ $0[name ?? ""] }) { return try found.get() }
        let found = Result { () throws(ZoneLookupFault) in
            if let name { try read(named: name) } else { try systemZone() }
        }
        known.withLock { $0[name ?? ""] = found }
        return try found.get()
    }

    private func systemZone() throws(ZoneLookupFault) -> ZoneRules {
        guard let local else {
            guard unsafe access(localFile, F_OK) == 0 else { return .utc }
            return try read(localFile, named: localName)
        }
        let text = local.hasPrefix(":") ? String(local.dropFirst()) : local
        if text.isEmpty { return .utc }
        if text.hasPrefix("/") { return try read(text, named: text) }
        return try read(named: text)
    }

    /// `/etc/localtime` is a link into the database as a rule, and tells its name so.
    private var localName: String {
        guard let resolved = unsafe realpath(localFile, nil) else { return localFile }
        defer { unsafe free(resolved) }
        let path = unsafe String(cString: resolved)
        guard let range = path.firstRange(of: "/zoneinfo/") else { return localFile }
        return String(path[range.upperBound...])
    }

    private func read(named name: String) throws(ZoneLookupFault) -> ZoneRules {
        if ["UTC", "Etc/UTC"].contains(name) { return .utc }
        guard ZoneSource.isName(name) else { throw .unknown(name, suggestion: nil) }
        let path = folder + "/" + name
        if unsafe access(path, F_OK) != 0 {
            guard unsafe access(folder, F_OK) == 0 else { throw .noDatabase(name, folder: folder) }
            throw .unknown(name, suggestion: NameSuggestion.nearest(to: name, among: names))
        }
        return try read(path, named: name)
    }

    private func read(_ path: String, named name: String) throws(ZoneLookupFault) -> ZoneRules {
        // One that nobody writes to would keep us waiting.
        var status = stat()
        guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .unreadable(name, why: "\(path) is no regular file")
        }
        let bytes: [UInt8]
        do throws(JournalError) {
            bytes = try storage.readFile(path, limit: Self.bytesMax)
        } catch {
            throw .unreadable(name, why: "\(error)")
        }
        do throws(ZoneFault) {
            return try ZoneRules(parsing: bytes, name: name)
        } catch {
            throw .damaged(name, error)
        }
    }

    /// Those of the database's own list: code, place, name, remarks.
    private var names: [String] {
        guard let bytes = try? storage.readFile(folder + "/zone.tab", limit: Self.bytesMax) else {
            return []
        }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
            .filter { !$0.hasPrefix("#") }
            .compactMap { line in
                let fields = line.split(separator: "\t")
                return fields.count > 2 ? String(fields[2]) : nil
            }
    }
}
