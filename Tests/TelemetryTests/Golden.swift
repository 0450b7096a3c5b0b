import FoundationEssentials
import Testing

/// A file beside the tests that holds the expected text.
///
/// With `WEIR_UPDATE_GOLDEN=1` in the environment a file that differs is written anew, and the test
/// fails all the same: read the difference like code, then run without the variable.
enum Golden {
    static func expect(
        _ document: [UInt8],
        matches name: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try expect(
            text: readable(document),
            matches: name + ".json",
            sourceLocation: sourceLocation
        )
    }

    static func expect(
        text: String,
        matches file: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let path = folder + file
        let expected = (try? Data(contentsOf: URL(filePath: path))).map {
            String(decoding: $0, as: UTF8.self)
        }
        #expect(text == expected, "differs from \(file)", sourceLocation: sourceLocation)
        let isWanted = ProcessInfo.processInfo.environment["WEIR_UPDATE_GOLDEN"] == "1"
        if isWanted, text != expected { try Data(text.utf8).write(to: URL(filePath: path)) }
    }

    /// The documents among the files: name, and the text on one line as it would be sent.
    static func documents() throws -> [(name: String, line: String)] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            .filter { $0.hasSuffix(".json") }
            .map { name in
                let bytes = try Data(contentsOf: URL(filePath: folder + name))
                let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
                // Within a text a line end would be escaped, so these are all of ours.
                return (name, lines.map { $0.drop { $0 == " " } }.joined())
            }
    }

    private static var folder: String {
        let file = #filePath
        return file.prefix(file.count - "Golden.swift".count) + "Golden/"
    }

    /// The document with every element of an array on a line of its own; nothing else changes.
    private static func readable(_ document: [UInt8]) -> String {
        var text: [UInt8] = []
        var brackets: [UInt8] = []
        var isInString = false
        var isEscaped = false
        for byte in document {
            if isInString {
                text.append(byte)
                isInString = isEscaped || byte != UInt8(ascii: "\"")
                isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
                continue
            }
            let isInArray = brackets.last == UInt8(ascii: "[")
            switch byte {
            case UInt8(ascii: "\""):
                isInString = true
                text.append(byte)
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                brackets.append(byte)
                text.append(byte)
                if byte == UInt8(ascii: "[") { breakLine(&text, brackets) }
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                brackets.removeLast()
                if byte == UInt8(ascii: "]") { breakLine(&text, brackets) }
                text.append(byte)
            case UInt8(ascii: ","):
                text.append(byte)
                if isInArray { breakLine(&text, brackets) }
            default:
                text.append(byte)
            }
        }
        return String(decoding: text, as: UTF8.self) + "\n"
    }

    private static func breakLine(_ text: inout [UInt8], _ brackets: [UInt8]) {
        text.append(UInt8(ascii: "\n"))
        let depth = brackets.count { $0 == UInt8(ascii: "[") }
        text.append(contentsOf: [UInt8](repeating: UInt8(ascii: " "), count: depth * 2))
    }
}
