import Glibc
import Testing

/// A file of the project: its path from the root, and its text.
struct SourceFile: Sendable {
    let path: String
    let text: String
    /// The code of a Swift file, line by line, without comments and literals.
    let code: SwiftText

    init(path: String, text: String) {
        self.path = path
        self.text = text
        code = SwiftText(path.hasSuffix(".swift") ? text : "")
    }

    var lines: [Substring] {
        text.split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// The first folder under `Sources` or `Tests`: the target's name.
    var target: String? {
        let parts = path.split(separator: "/")
        guard parts.count > 2, parts[0] == "Sources" || parts[0] == "Tests" else { return nil }
        return String(parts[1])
    }

    var isSwift: Bool { path.hasSuffix(".swift") }
    var isSource: Bool { path.hasPrefix("Sources/") }
    var isTest: Bool { path.hasPrefix("Tests/") }
}

/// What is wrong, where, and what to do about it.
struct Finding: Equatable, CustomStringConvertible {
    var path: String
    var line: Int?
    var message: String

    var description: String {
        line.map { "\(path):\($0): \(message)" } ?? "\(path): \(message)"
    }
}

/// The files of the checkout as they lie on disk, so that a finding shows before the commit.
enum SourceTree {
    static let root: String = {
        let parts = #filePath.split(separator: "/").dropLast(3)
        return "/" + parts.joined(separator: "/")
    }()

    static func file(_ path: String) throws -> SourceFile {
        SourceFile(path: path, text: try read(root + "/" + path))
    }

    /// Every text file that belongs to the project.
    static func files() throws -> [SourceFile] {
        var files: [SourceFile] = []
        try collect(folder: "", into: &files)
        return files.sorted { $0.path < $1.path }
    }

    private static let folders = [
        ".ci", "Sources", "Tests", "Benchmarks", "examples", "docs", "dashboards", "alerts",
    ]
    private static let skipped = ["__pycache__", ".build"]

    private static func collect(folder: String, into files: inout [SourceFile]) throws {
        for (name, isFolder) in try entries(of: root + "/" + folder) {
            let path = folder.isEmpty ? name : folder + "/" + name
            if isFolder {
                guard !skipped.contains(name), !folder.isEmpty || folders.contains(name) else {
                    continue
                }
                try collect(folder: path, into: &files)
            } else if name != "Package.resolved", let text = try? read(root + "/" + path) {
                files.append(SourceFile(path: path, text: text))
            }
        }
    }

    private static func entries(of path: String) throws -> [(name: String, isFolder: Bool)] {
        let folder = try #require(opendir(path), "cannot open \(path)")
        defer { closedir(folder) }
        var entries: [(String, Bool)] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name != ".", name != ".." else { continue }
            var status = stat()
            guard lstat(path + "/" + name, &status) == 0 else { continue }
            let kind = status.st_mode & S_IFMT
            if kind == S_IFDIR || kind == S_IFREG { entries.append((name, kind == S_IFDIR)) }
        }
        return entries
    }

    private struct NotText: Error {
        var path: String
    }

    private static func read(_ path: String) throws -> String {
        let file = try #require(fopen(path, "r"), "cannot read \(path)")
        defer { fclose(file) }
        let bytes = contents(of: file)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw NotText(path: path)
        }
        return text
    }

    /// All that a stream still holds.
    static func contents(of stream: UnsafeMutablePointer<FILE>) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while case let count = fread(&chunk, 1, chunk.count, stream), count > 0 {
            bytes += chunk[..<count]
        }
        return bytes
    }
}
