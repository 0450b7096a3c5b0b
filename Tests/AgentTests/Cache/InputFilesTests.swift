import Glibc
import Pipeline
import TestSupport
import Testing

@testable import Agent

/// Which files a key depends on, and what of them.
struct InputFilesTests {
    let folder = TemporaryDirectory()

    init() {
        for name in ["src", "src/deep", "src/deep/er", ".git"] {
            mkdir("\(folder.path)/\(name)", 0o700)
        }
        for name in ["a.csv", "b.csv", "c.txt", "src/x.c", "src/deep/y.c", "src/deep/er/z.h"] {
            folder.write(name, name)
        }
        for name in [".git/head", ".hidden.csv"] { folder.write(name, name) }
    }

    private func digest(_ patterns: [String], isComplete: Bool = false) throws -> String {
        var hash = CacheHash(key: [UInt8](repeating: 7, count: 32))
        try InputFiles(root: folder.path, patterns: patterns, isComplete: isComplete)
            .feed(&hash) { true }
        return hash.digest.description
    }

    /// The files on whose content the digest depends.
    private func matched(_ patterns: [String], isComplete: Bool = false) throws -> [String] {
        let before = try digest(patterns, isComplete: isComplete)
        let all = [
            "a.csv", "b.csv", "c.txt", "src/x.c", "src/deep/y.c", "src/deep/er/z.h", ".git/head",
            ".hidden.csv",
        ]
        return try all.filter { name in
            folder.write(name, "other")
            defer { folder.write(name, name) }
            return try digest(patterns, isComplete: isComplete) != before
        }
    }

    @Test(
        arguments: [
            (["*.csv"], ["a.csv", "b.csv"]), (["[ab].csv"], ["a.csv", "b.csv"]),
            (["?.txt"], ["c.txt"]), (["src/*"], ["src/x.c"]),
            (["src/**"], ["src/x.c", "src/deep/y.c", "src/deep/er/z.h"]),
            (["**/*.c"], ["src/x.c", "src/deep/y.c"]), (["**/**/*.h", "**"], nil),
            (["./src/deep/y.c"], ["src/deep/y.c"]), (["src"], []), (["nothing/*"], []), ([], []),
            ([".git/*", ".hidden.*"], [".git/head", ".hidden.csv"]),
        ] as [([String], [String]?)]
    )
    func `patterns name files, folder by folder`(patterns: [String], files: [String]?) throws {
        let visible = [
            "a.csv", "b.csv", "c.txt", "src/x.c", "src/deep/y.c", "src/deep/er/z.h",
        ]
        #expect(try matched(patterns) == files ?? visible)
    }

    @Test func `a folder that is handed on counts whole`() throws {
        #expect(try matched(["**"], isComplete: true).count == 8)
    }

    @Test func `names count as well as contents, and where one ends and the next begins`() throws {
        let before = try digest(["*"])
        folder.write("new", "")
        let more = try digest(["*"])
        #expect(more != before)
        rename("\(folder.path)/new", "\(folder.path)/newer")
        #expect(try digest(["*"]) != more)
        unlink("\(folder.path)/newer")
        #expect(try digest(["*"]) == before)
    }

    @Test func `links lead nowhere but to files below`() throws {
        let outside = TemporaryDirectory()
        outside.write("secret", "one")
        symlink(outside.path, "\(folder.path)/out")
        symlink("\(outside.path)/secret", "\(folder.path)/far")
        symlink("a.csv", "\(folder.path)/near")
        #expect(try matched(["near"]) == ["a.csv"])
        let before = try digest(["**"])
        outside.write("secret", "two")
        #expect(try digest(["**"]) == before)
        unlink("\(folder.path)/far")
        symlink("elsewhere", "\(folder.path)/far")
        #expect(try digest(["**"]) != before)
    }

    @Test func `what is too much, or cannot be read, is an error that says so`() throws {
        mkdir("\(folder.path)/many", 0o700)
        for number in 0...InputFiles.filesMax { folder.write("many/\(number)", "") }
        #expect(throws: InputFiles.Fault.tooManyFiles(in: folder.path)) {
            try digest(["many/*"])
        }
        let big = open("\(folder.path)/big", O_CREAT | O_WRONLY, 0o600)
        ftruncate(big, off_t(InputFiles.bytesMax) + 1)
        close(big)
        mkfifo("\(folder.path)/pipe", 0o600)
        _ = try digest(["pipe"])
        var hash = CacheHash(key: [])
        #expect(throws: InputFiles.Fault.abandoned) {
            try InputFiles(root: folder.path, patterns: ["*"]).feed(&hash) { false }
        }
        #expect(InputFiles.Fault.tooManyFiles(in: "/x").description.contains("10000 files"))
    }

    /// RFC 4231, test cases 1 and 2, which are shorter than a block.
    @Test(arguments: [
        (
            [UInt8](repeating: 0x0B, count: 20), "Hi There",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            Array("Jefe".utf8), "what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
    ])
    func `the key's digest is HMAC`(key: [UInt8], text: String, expected: String) {
        #expect(CacheHash.digest(of: Array(text.utf8), key: key).description == expected)
    }
}
