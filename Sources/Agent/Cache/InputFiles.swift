import CLinux
import Glibc
import Journal
import Pipeline
import Transport

/// The files below a folder that match patterns, and what is in them, as one digest.
///
/// A pattern is names between slashes: `*` and `?` stand for characters of a name that does not
/// begin with a dot, `**` for any folders. Links to folders are never followed; a link to a file
/// counts with that file's content where that lies below the folder too, else as the text it is.
struct InputFiles {
    let root: String
    let patterns: [String]
    /// Whether names with a dot in front are meant as well.
    var isComplete = false

    /// Files, and bytes in them, that one key may depend on: more is no input but a store of data,
    /// and reading it each time would cost more than the step.
    static let filesMax = 10_000
    static let bytesMax: Int64 = 1 << 30
    /// Names looked at on the way there.
    static let namesMax = 200_000

    /// Why there is no digest.
    enum Fault: Error, Hashable, CustomStringConvertible {
        case tooManyFiles(in: String)
        case tooManyBytes(in: String)
        case unreadable(String, why: String)
        /// Nobody waits for it any more.
        case abandoned

        var description: String {
            switch self {
            case .tooManyFiles(let root):
                "more than \(InputFiles.filesMax) files match in \(root): name fewer in `inputs`"
            case .tooManyBytes(let root):
                "the files that match in \(root) hold more than \(InputFiles.bytesMax >> 30) GiB: "
                    + "name fewer in `inputs`"
            case .unreadable(let path, let why): "\(path): \(why)"
            case .abandoned: "given up"
            }
        }
    }

    /// Feeds paths and contents, in the paths' order.
    func feed(_ hash: inout CacheHash, isWanted: () -> Bool) throws(Fault) {
        var search = Search(root: root, isComplete: isComplete)
        for pattern in patterns {
            try search.find(pattern.split(separator: "/").filter { $0 != "." }.map(String.init))
        }
        var reader = Reader(root: root)
        for path in search.found.sorted() {
            guard isWanted() else { throw .abandoned }
            hash.add(path)
            try reader.feed(path, &hash)
        }
    }
}

/// Finds what matches, folder by folder.
private struct Search {
    let root: String
    let isComplete: Bool
    var found: Set<String> = []
    private var seen: Set<String> = []
    private var names = 0

    init(root: String, isComplete: Bool) {
        self.root = root
        self.isComplete = isComplete
    }

    mutating func find(_ segments: [String]) throws(InputFiles.Fault) {
        seen = []
        try find(segments[...], below: "")
    }

    /// `folder` is relative, empty or with a slash at its end.
    private mutating func find(
        _ segments: ArraySlice<String>,
        below folder: String
    ) throws(InputFiles.Fault) {
        guard let segment = segments.first else { return }
        guard seen.insert("\(segments.count) \(folder)").inserted else { return }
        if segment == "**" {
            let rest = segments.dropFirst()
            if !rest.isEmpty { try find(rest, below: folder) }
            for name in try list(folder) where isComplete || !name.hasPrefix(".") {
                switch kind(of: folder + name) {
                case S_IFDIR: try find(segments, below: folder + name + "/")
                case nil: continue
                default: if rest.isEmpty { try take(folder + name) }
                }
            }
        } else if segment.contains(where: { "*?[".contains($0) }) {
            let flags = isComplete ? 0 : FNM_PERIOD
            for name in try list(folder) where unsafe fnmatch(segment, name, flags) == 0 {
                try take(segments, folder + name)
            }
        } else {
            try take(segments, folder + segment)
        }
    }

    /// What the first segment stands for.
    private mutating func take(
        _ segments: ArraySlice<String>,
        _ path: String
    ) throws(InputFiles.Fault) {
        let isFolder = kind(of: path) == S_IFDIR
        if segments.count > 1 {
            if isFolder { try find(segments.dropFirst(), below: path + "/") }
        } else if kind(of: path) != nil, !isFolder {
            try take(path)
        }
    }

    private mutating func take(_ path: String) throws(InputFiles.Fault) {
        found.insert(path)
        guard found.count <= InputFiles.filesMax else { throw .tooManyFiles(in: root) }
    }

    private mutating func list(_ folder: String) throws(InputFiles.Fault) -> [String] {
        let path = folder.isEmpty ? root : "\(root)/\(folder)"
        let found: [String]
        do throws(StorageError) {
            found = try entries(of: path)
        } catch {
            if error.code == ENOENT { return [] }
            throw .unreadable(path, why: systemErrorText(error.code))
        }
        names += found.count
        guard names <= InputFiles.namesMax else { throw .tooManyFiles(in: root) }
        return found
    }

    private func kind(of path: String) -> mode_t? {
        var status = stat()
        guard unsafe lstat("\(root)/\(path)", &status) == 0 else { return nil }
        return status.st_mode & S_IFMT
    }
}

/// Reads what was found.
private struct Reader {
    let root: String
    private var bytesLeft = InputFiles.bytesMax
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)

    init(root: String) {
        self.root = root
    }

    mutating func feed(_ path: String, _ hash: inout CacheHash) throws(InputFiles.Fault) {
        let whole = "\(root)/\(path)"
        var status = stat()
        guard unsafe lstat(whole, &status) == 0 else {
            throw .unreadable(whole, why: systemErrorText(errno))
        }
        if status.st_mode & S_IFMT == S_IFLNK {
            hash.add("link \(destination(whole) ?? "")")
            guard let target = resolvedBelow(whole) else { return }
            try feedContent(target, &hash)
        } else {
            try feedContent(whole, &hash)
        }
    }

    private mutating func feedContent(
        _ path: String,
        _ hash: inout CacheHash
    ) throws(InputFiles.Fault) {
        // A pipe that nobody writes must not be waited for.
        let number = unsafe weir_open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0)
        guard number >= 0 else { throw .unreadable(path, why: systemErrorText(errno)) }
        let file = FileDescriptor(number)
        var status = stat()
        guard unsafe fstat(file.number, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            hash.add("no file")
            return
        }
        var content = SHA256()
        while true {
            let count = unsafe Glibc.read(file.number, &buffer, buffer.count)
            guard count >= 0 else { throw .unreadable(path, why: systemErrorText(errno)) }
            if count == 0 { break }
            bytesLeft -= Int64(count)
            guard bytesLeft >= 0 else { throw .tooManyBytes(in: root) }
            content.update(buffer.span.extracting(0..<count))
        }
        hash.add(content.digest().description)
    }

    private func destination(_ path: String) -> String? {
        var text = [UInt8](repeating: 0, count: 4_096)
        let count = unsafe text.withUnsafeMutableBytes { bytes in
            guard let start = bytes.baseAddress else { return -1 }
            return unsafe readlink(path, start, bytes.count)
        }
        guard count >= 0 else { return nil }
        return String(decoding: text[..<count], as: UTF8.self)
    }

    /// Where the link leads, if that is below the folder.
    private func resolvedBelow(_ path: String) -> String? {
        guard let target = resolved(path), let root = resolved(root),
            target.hasPrefix(root == "/" ? root : root + "/")
        else { return nil }
        return target
    }

    private func resolved(_ path: String) -> String? {
        guard let text = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(text) }
        return unsafe String(cString: text)
    }
}
