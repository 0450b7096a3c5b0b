import Testing

@testable import Agent

struct LogSuffixTests {
    private func text(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes, as: UTF8.self)
    }

    @Test func `what was read does not come again`() {
        var suffix = LogSuffix()
        #expect(!suffix.isThere && text(suffix.take([])) == "")
        #expect(text(suffix.take(Array("1 one\n".utf8))) == "1 one\n")
        #expect(suffix.isThere)
        #expect(text(suffix.take(Array("1 one\n2 two\n".utf8))) == "2 two\n")
        #expect(text(suffix.take(Array("1 one\n2 two\n".utf8))) == "")
        // An answer that did not come.
        #expect(text(suffix.take([])) == "")
        #expect(text(suffix.take(Array("1 one\n2 two\n3 three\n".utf8))) == "3 three\n")
    }

    @Test func `it goes on where it stopped when the beginning is cut off`() {
        var suffix = LogSuffix()
        _ = suffix.take(Array("1 one\n2 two\n3 three\n".utf8))
        let long = (4...200).map { "\($0) more of it\n" }.joined()
        #expect(text(suffix.take(Array("1 one\n2 two\n3 three\n\(long)".utf8))) == long)
        let end = (150...200).map { "\($0) more of it\n" }.joined()
        #expect(text(suffix.take(Array("\(end)201 last\n".utf8))) == "201 last\n")
    }

    @Test func `a line that was cut when it was read comes whole, and nothing before it`() {
        var suffix = LogSuffix()
        _ = suffix.take(Array("1 one\n2 t\n".utf8))
        #expect(text(suffix.take(Array("1 one\n2 two\n3 three\n".utf8))) == "2 two\n3 three\n")
    }

    @Test func `when nothing is left of what was read all of it comes`() {
        var suffix = LogSuffix()
        _ = suffix.take(Array("1 one\n2 two\n".utf8))
        #expect(text(suffix.take(Array("8 eight\n9 nine\n".utf8))) == "8 eight\n9 nine\n")
    }
}
