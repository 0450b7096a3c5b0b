import Glibc

/// Something that the code may not say, and what to say in its place.
struct Ban {
    var pattern: String
    var instead: String
    /// Where it is banned; the path is from the root.
    var applies: @Sendable (SourceFile) -> Bool

    init(
        _ pattern: String,
        instead: String,
        where applies: @escaping @Sendable (SourceFile) -> Bool = { _ in true }
    ) {
        self.pattern = pattern
        self.instead = instead
        self.applies = applies
    }
}

/// Words of Swift that are banned in code; comments and literals may speak of them.
enum BanCheck {
    static let bans: [Ban] = [
        Ban("try!", instead: "throw, or catch and turn the error into data"),
        Ban("fatalError(", instead: "throw; 'precondition' is for our own mistakes only"),
        Ban("as! ", instead: "'as?' with a guard"),
        Ban("Task {", instead: "a child of a task group, or a thread with an owner"),
        // One place owns its tasks: a connection ends the one that it waits for.
        Ban("Task(", instead: "a child of a task group, or a thread with an owner") {
            $0.isSource && $0.path != "Sources/Transport/HTTP/HTTPLoop+Exchange.swift"
        },
        Ban("Task.detached", instead: "a child of a task group, or a thread with an owner"),
        Ban(
            "import Foundation",
            instead: "Glibc or FoundationEssentials: ICU costs 10 ms and 12 MB"
        ),
        Ban("Task.sleep", instead: "a timer of the loop; in tests, a clock that is moved by hand"),
        Ban("sleep(", instead: "a readiness signal or a clock that is moved by hand") { $0.isTest },
        Ban("usleep(", instead: "a readiness signal or a clock that is moved by hand") {
            $0.isTest
        },
        Ban("XCTest", instead: "Swift Testing") { $0.isTest },
        Ban("print(", instead: "returning the text: only the executable writes to the terminal") {
            $0.isSource && $0.target != "weir"
        },
        Ban("ContinuousClock", instead: "an instant handed in", where: isPure),
        Ban("SuspendingClock", instead: "an instant handed in", where: isPure),
        Ban("SystemRandomNumberGenerator", instead: "a generator handed in", where: isPure),
        Ban(".random(", instead: "a generator handed in", where: isPure),
    ]

    /// The targets whose results depend on their arguments alone.
    static let isPure: @Sendable (SourceFile) -> Bool = { file in
        file.isSource && ["Pipeline", "Telemetry"].contains(file.target)
    }

    static func findings(in files: [SourceFile]) -> [Finding] {
        files.filter(\.isSwift).flatMap { file in
            let active = bans.filter { $0.applies(file) && strstr(file.text, $0.pattern) != nil }
            return (active.isEmpty ? [] : file.code.lines).enumerated().flatMap { index, line in
                active.filter { holds(line, $0.pattern) }.map { ban in
                    let message = "'\(ban.pattern)' is banned here; instead: \(ban.instead)"
                    return Finding(path: file.path, line: index + 1, message: message)
                }
            }
        }
    }

    /// A match that is not the end or the start of a longer name.
    private static func holds(_ line: String, _ pattern: String) -> Bool {
        line.ranges(of: pattern).contains { range in
            let before = line[..<range.lowerBound].last
            let after = line[range.upperBound...].first
            let startsName = pattern.first.map(isNamePart) == true && before.map(isNamePart) == true
            let endsName = pattern.last.map(isNamePart) == true && after.map(isNamePart) == true
            return !startsName && !endsName
        }
    }

    private static func isNamePart(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_"
    }
}

/// What switches the compiler's checks off needs the reason why that is safe, one line above.
enum ProofCheck {
    static let words = ["@unchecked Sendable", "nonisolated(unsafe)"]

    static func findings(in files: [SourceFile]) -> [Finding] {
        files.filter(\.isSwift).flatMap { file in
            let raw = file.lines
            return file.code.lines.enumerated().compactMap { index, line -> Finding? in
                guard let word = words.first(where: { line.contains($0) }),
                    !isComment(above: index, in: raw)
                else { return nil }
                let fix = "write above it, in a comment, why it is safe, or use Mutex or Atomic"
                return Finding(path: file.path, line: index + 1, message: "'\(word)': \(fix)")
            }
        }
    }

    private static func isComment(above index: Int, in lines: [Substring]) -> Bool {
        index > 0 && lines[index - 1].drop { $0 == " " }.hasPrefix("//")
    }
}
