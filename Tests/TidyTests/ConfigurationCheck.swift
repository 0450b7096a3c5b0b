import FoundationEssentials
import Glibc
import Testing

/// The formatter's configuration and the manifest.
enum ConfigurationCheck {
    private struct Configuration: Decodable {
        var rules: [String: Bool]
    }

    /// A rule that `.swift-format` does not list is off, without a word about it.
    static func formatFindings(ours: String, defaults: String) throws -> [Finding] {
        let path = ".swift-format"
        let stated = Set(try rules(of: ours).keys)
        let known = Set(try rules(of: defaults).keys)
        let silent = known.subtracting(stated).sorted().map {
            Finding(path: path, message: "rule \($0) is not listed, so it is off: add it as true")
        }
        let gone = stated.subtracting(known).sorted().map {
            Finding(path: path, message: "rule \($0) is unknown to this toolchain: remove it")
        }
        return silent + gone
    }

    private static func rules(of text: String) throws -> [String: Bool] {
        try JSONDecoder().decode(Configuration.self, from: Data(text.utf8)).rules
    }

    /// What `swift format dump-configuration` prints, whole.
    static func formatterDefaults() throws -> String {
        let command = "swift format dump-configuration"
        let pipe = try #require(popen(command, "r"), "cannot start: \(command)")
        let bytes = SourceTree.contents(of: pipe)
        try #require(pclose(pipe) == 0, "failed: \(command)")
        return String(decoding: bytes, as: UTF8.self)
    }

    static func manifestFindings(_ manifest: SourceFile) -> [Finding] {
        manifest.code.lines.enumerated()
            .filter { $0.element.contains(".package(") }
            .map { index, _ in
                let message = "Weir has no Swift packages: write the piece, or use the C library"
                return Finding(path: manifest.path, line: index + 1, message: message)
            }
    }
}
