import Pipeline
import Testing

/// A text and what the reader makes of it.
struct Snippet: CustomTestStringConvertible, Sendable {
    let text: String
    let expected: String

    init(_ text: String, _ expected: String) {
        self.text = text
        self.expected = expected
    }

    var testDescription: String { text.debugDescription }
}

struct YAMLReaderTests {
    @Test(arguments: scalars) func `reads scalars by the core schema`(_ row: Snippet) {
        #expect(outline(of: row.text) == row.expected)
    }

    @Test(arguments: quotedScalars) func `reads quoted scalars`(_ row: Snippet) {
        #expect(outline(of: row.text) == row.expected)
    }

    @Test(arguments: blockScalars) func `reads block scalars`(_ row: Snippet) {
        #expect(outline(of: row.text) == row.expected)
    }

    @Test(arguments: collections) func `reads collections`(_ row: Snippet) {
        #expect(outline(of: row.text) == row.expected)
    }

    @Test(arguments: refused) func `refuses what is outside the subset`(_ row: Snippet) {
        #expect(outline(of: row.text) == row.expected)
    }

    static let scalars: [Snippet] = [
        Snippet("a", "'a'"),
        Snippet("no", "'no'"),
        Snippet("yes", "'yes'"),
        Snippet("on", "'on'"),
        Snippet("NO", "'NO'"),
        Snippet("y", "'y'"),
        Snippet("true", "true"),
        Snippet("TRUE", "true"),
        Snippet("tRue", "'tRue'"),
        Snippet("False", "false"),
        Snippet("null", "null"),
        Snippet("~", "null"),
        Snippet("Null", "null"),
        Snippet("nULL", "'nULL'"),
        Snippet("0", "0"),
        Snippet("-0", "0"),
        Snippet("007", "7"),
        Snippet("0o17", "15"),
        Snippet("0o18", "'0o18'"),
        Snippet("0x1F", "31"),
        Snippet("-0x1F", "'-0x1F'"),
        Snippet("0x", "'0x'"),
        Snippet("0b1", "'0b1'"),
        Snippet("+12", "12"),
        Snippet("1_000", "'1_000'"),
        Snippet("12:30:45", "'12:30:45'"),
        Snippet("2001-12-14", "'2001-12-14'"),
        Snippet("9223372036854775807", "9223372036854775807"),
        Snippet("9223372036854775808", "float 9.223372036854776e+18"),
        Snippet("1.", "float 1.0"),
        Snippet(".5", "float 0.5"),
        Snippet("-1.5e3", "float -1500.0"),
        Snippet("1e3", "float 1000.0"),
        Snippet("1e", "'1e'"),
        Snippet(".", "'.'"),
        Snippet("-", "[null]"),
        Snippet("-.inf", "float -inf"),
        Snippet(".NaN", "float nan"),
        Snippet(".nAn", "'.nAn'"),
        Snippet("1.2.3", "'1.2.3'"),
        Snippet("a b  c", "'a b  c'"),
        Snippet("a # comment", "'a'"),
        Snippet("a#b", "'a#b'"),
        Snippet("a:b", "'a:b'"),
        Snippet("http://x/?a=b,c&d", "'http://x/?a=b,c&d'"),
        Snippet("::", "{':': null}"),
        Snippet("::a", "'::a'"),
        Snippet("-x", "'-x'"),
        Snippet("?x", "'?x'"),
        Snippet("a\n b\n\n\n c", "'a b\\n\\nc'"),
        Snippet("a\n# c\n", "'a'"),
        Snippet("", "nothing"),
        Snippet("# only a comment\n\n", "nothing"),
        Snippet("\u{FEFF}a", "'a'"),
        Snippet("--- a", "'a'"),
        Snippet("---\na\n...\n# end\n", "'a'"),
        Snippet("a: b\r\nc: d\re: f", "{'a': 'b', 'c': 'd', 'e': 'f'}"),
        Snippet("été: 日本", "{'été': '日本'}"),
    ]

    static let quotedScalars: [Snippet] = [
        Snippet("''", "''"),
        Snippet("'no'", "'no'"),
        Snippet("'12'", "'12'"),
        Snippet("'it''s'", "'it's'"),
        Snippet("''''", "'''"),
        Snippet("'a\\n'", "'a\\\\n'"),
        Snippet("' a\n  b\n\n  c '", "' a b\\nc '"),
        Snippet("\"\"", "''"),
        Snippet(#""a\tb\n\\ \" \/ \x41 \u00e9 \U0001F600""#, "'a\\tb\\n\\\\ \" / A é 😀'"),
        Snippet(#""\ud83d\ude00""#, "'😀'"),
        Snippet(#""\e\a\_""#, "'\u{1B}\u{07}\u{A0}'"),
        Snippet("\"a  \n  \n  b\"", "'a\\nb'"),
        Snippet("\"a\\\n   b\"", "'ab'"),
        Snippet("\"a \\\n  \\  b\"", "'a   b'"),
        Snippet("\"a\\  \n b\"", "'a  b'"),
        Snippet("\"a: b # c\"", "'a: b # c'"),
        Snippet("\"k\": v", "{'k': 'v'}"),
        Snippet("'k' : v", "{'k': 'v'}"),
    ]

    static let blockScalars: [Snippet] = [
        Snippet("|\n a\n b\n", "'a\\nb\\n'"),
        Snippet("a: |\n  x\n   y\n\n  z\n\n\nb: c", "{'a': 'x\\n y\\n\\nz\\n', 'b': 'c'}"),
        Snippet("a: |-\n  x\n\n", "{'a': 'x'}"),
        Snippet("a: |+\n  x\n\n\nb: c", "{'a': 'x\\n\\n\\n', 'b': 'c'}"),
        Snippet("a: |\n  x", "{'a': 'x'}"),
        Snippet("a: |2\n   x\n  y\n", "{'a': ' x\\ny\\n'}"),
        Snippet("a: |1-\n  x\n", "{'a': ' x'}"),
        Snippet("a: |-1\n  x\n", "{'a': ' x'}"),
        Snippet("a: | # note\n  x # no comment\n", "{'a': 'x # no comment\\n'}"),
        Snippet("a: |\nb: c", "{'a': '', 'b': 'c'}"),
        Snippet("a: |\n\n  x\n", "{'a': '\\nx\\n'}"),
        Snippet("a: |+\n\n", "{'a': '\\n'}"),
        Snippet("a: |\n  \tx\n", "{'a': '\\tx\\n'}"),
        Snippet("a: |\n  x\n    \n  y\n", "{'a': 'x\\n  \\ny\\n'}"),
        Snippet("a: |\n  x\n # less\nb: c", "{'a': 'x\\n', 'b': 'c'}"),
        Snippet("- |\n x\n- |\n y\n", "['x\\n', 'y\\n']"),
        Snippet("- - |\n   x\n  - z", "[['x\\n', 'z']]"),
        Snippet("a: >\n  x\n  y\n\n  z\n", "{'a': 'x y\\nz\\n'}"),
        Snippet("a: >-\n  x\n  y\n", "{'a': 'x y'}"),
        Snippet("a: >\n  x\n    y\n  z\n", "{'a': 'x\\n  y\\nz\\n'}"),
        Snippet("a: >\n  x\n\n    y\n\n  z\n", "{'a': 'x\\n\\n  y\\n\\nz\\n'}"),
        Snippet("a: >\n\n  x\n", "{'a': '\\nx\\n'}"),
        Snippet("a: |\r\n  x\r\n  y\r\n", "{'a': 'x\\ny\\n'}"),
        Snippet("a: |\n  # text\n  x\n", "{'a': '# text\\nx\\n'}"),
        Snippet("a: |\n  ---\n  x\n", "{'a': '---\\nx\\n'}"),
        Snippet("|\na\n", "'a\\n'"),
        Snippet("|\n ", "''"),
        Snippet("a: |\n  ", "{'a': ''}"),
        Snippet("a: |+\n  \n   ", "{'a': '\\n'}"),
    ]

    static let collections: [Snippet] = [
        Snippet("a: 1\nb:\nc: x", "{'a': 1, 'b': null, 'c': 'x'}"),
        Snippet("a:\n  b: c\n  d: e\nf: g", "{'a': {'b': 'c', 'd': 'e'}, 'f': 'g'}"),
        Snippet("a:\n- b\n- c\nd: e", "{'a': ['b', 'c'], 'd': 'e'}"),
        Snippet("a:\n  - b\n  -\n  - c", "{'a': ['b', null, 'c']}"),
        Snippet("- a: 1\n  b: 2\n- c", "[{'a': 1, 'b': 2}, 'c']"),
        Snippet("- - a\n  - b\n- c", "[['a', 'b'], 'c']"),
        Snippet("-\n  a: b", "[{'a': 'b'}]"),
        Snippet("- # c\n  a", "['a']"),
        Snippet("a: # c\n  b", "{'a': 'b'}"),
        Snippet("a:\n\n  # c\n  b: c\n # d\n  e: f", "{'a': {'b': 'c', 'e': 'f'}}"),
        Snippet("a:\tb", "{'a': 'b'}"),
        Snippet("a: b\n  c", "{'a': 'b c'}"),
        Snippet("a b: c d", "{'a b': 'c d'}"),
        Snippet("a:b: c", "{'a:b': 'c'}"),
        Snippet("1: a\ntrue: b", "{'1': 'a', 'true': 'b'}"),
        Snippet("[]", "[]"),
        Snippet("{}", "{}"),
        Snippet("[a, b, ]", "['a', 'b']"),
        Snippet("[a b, 'c', \"d\", 1, ~, null]", "['a b', 'c', 'd', 1, null, null]"),
        Snippet("{a: 1, b, c: , 'd':2}", "{'a': 1, 'b': null, 'c': null, 'd': 2}"),
        Snippet("{a:1}", "{'a:1': null}"),
        Snippet("[a: b, c]", "[{'a': 'b'}, 'c']"),
        Snippet("[{a: [b, {c: d}]}]", "[{'a': ['b', {'c': 'd'}]}]"),
        Snippet("a: [\n  b, # c\n  d\n  e\n]\nf: g", "{'a': ['b', 'd e'], 'f': 'g'}"),
        Snippet("x:\n  a: {\n    b: c\n  }\n  d: e", "{'x': {'a': {'b': 'c'}, 'd': 'e'}}"),
        Snippet("[http://a/b, -x, a:b]", "['http://a/b', '-x', 'a:b']"),
        Snippet(
            "{\n\t\"a\": [1, 2.5, \"x\\u0041\"],\n\t\"b\": {\"c\": null}\n}",
            "{'a': [1, float 2.5, 'xA'], 'b': {'c': null}}"
        ),
        Snippet("{\"a\":{\"b\":[true,false]}}", "{'a': {'b': [true, false]}}"),
        Snippet("[a#b, c]", "['a#b', 'c']"),
        Snippet("k: [a]\n", "{'k': ['a']}"),
        Snippet("'a b': [x]", "{'a b': ['x']}"),
        Snippet("a: - b", "1:4 a list cannot begin on the line of its key"),
        Snippet("a: b: c", "1:5 a `key: value` cannot begin inside this value"),
        Snippet("a: 'b' c", "1:8 there is more text after the end of the value"),
        Snippet("a: [b] c", "1:8 there is more text after the end of the value"),
        Snippet("a: b\n  c: d", "2:4 a `key: value` cannot begin inside this value"),
        Snippet("a\nb: c", "1:1 `a` is neither a key nor part of a value"),
        Snippet("a: b\nc", "2:1 `c` is neither a key nor part of a value"),
        Snippet("a: b\nc:d", "2:1 a space is missing after the colon of `c:d`"),
        Snippet("a: b\n- c", "2:1 a list item stands among the keys of a map"),
        Snippet(
            "a:\n  b: c\n d: e",
            "3:2 this line's indentation fits none of the levels above it"
        ),
        Snippet("a: b\n c: d", "2:3 a `key: value` cannot begin inside this value"),
        Snippet("a:\n  - b\n - c", "3:2 this line's indentation fits none of the levels above it"),
        Snippet("- a\nb: c", "2:1 this does not belong to the document above"),
        Snippet("[a\n", "1:1 this `[` is not closed"),
        Snippet("a: [b,\nc: d", "1:4 this `[` is not closed"),
        Snippet("[a b: c, {]", "1:11 a comma or the closing bracket is missing before this"),
        Snippet("a: ]", "1:4 this `]` closes nothing"),
        Snippet("[a, , b]", "1:5 an entry is missing before this comma"),
        Snippet("[a \"b\"]", "[\'a \"b\"\']"),
        Snippet("[\"a\" b]", "1:6 a comma or the closing bracket is missing before this"),
        Snippet("{[a]: b}", "1:2 a key must be a plain or quoted text on one line"),
        Snippet("[a]: b", "1:1 a key must be a plain or quoted text on one line"),
        Snippet("? a", "1:1 a key must be a plain or quoted text on one line"),
        Snippet(": a", "1:1 a key is missing before this colon"),
        Snippet("'a\n b': c", "1:1 a key must stand on one line"),
        Snippet("[|, a]", "1:2 a block text (`|`, `>`) cannot stand inside brackets"),
    ]

    static let refused: [Snippet] = [
        Snippet("a: &x b", "1:4 anchors are not allowed: `&x`"),
        Snippet("&x a: b", "1:1 anchors are not allowed: `&x`"),
        Snippet("a: *x", "1:4 aliases are not allowed: `*x`"),
        Snippet("a: *.txt", "1:4 aliases are not allowed: `*.txt`"),
        Snippet("*x : a", "1:1 aliases are not allowed: `*x`"),
        Snippet("[*x, a]", "1:2 aliases are not allowed: `*x`"),
        Snippet("a: !!str 1", "1:4 tags are not allowed: `!!str`"),
        Snippet("a: !x\n  b: c", "1:4 tags are not allowed: `!x`"),
        Snippet("<<: {a: b}", "1:1 merge keys (`<<`) are not allowed"),
        Snippet("%YAML 1.2\n---\na: b", "1:1 directives (`%`) are not allowed"),
        Snippet("a: b\n---\nc: d", "2:1 a second document begins here; a file is one document"),
        Snippet("a: b\n...\nc: d", "3:1 this does not belong to the document above"),
        Snippet("a: 1\nb: 2\na: 3", "3:1 the key `a` is given twice; it stands in line 1 already"),
        Snippet("{a: 1, a: 2}", "1:8 the key `a` is given twice; it stands in line 1 already"),
        Snippet("a: 1\n'a': 2", "2:1 the key `a` is given twice; it stands in line 1 already"),
        Snippet("a:\n\tb: c", "2:1 a tab is used for indentation"),
        Snippet("a:\n  \tb: c", "2:3 a tab is used for indentation"),
        Snippet("-\ta: b", "1:2 a tab is used for indentation"),
        Snippet("a: b\n\tc", "2:1 a tab is used for indentation"),
        Snippet("a: [\n\tb]", "2:1 a tab is used for indentation"),
        Snippet("a: @b", "1:4 a plain text cannot begin with `@`"),
        Snippet("a: `b`", "1:4 a plain text cannot begin with ```"),
        Snippet("a: %b", "1:4 a plain text cannot begin with `%`"),
        Snippet("a: ,b", "1:4 a plain text cannot begin with `,`"),
        Snippet("a: \"b", "1:4 this quotation is not closed"),
        Snippet("a: 'b\nc: d'", "1:4 this quotation is not closed"),
        Snippet("\"a\n---\nb\"", "1:1 this quotation is not closed"),
        Snippet(#"a: "\q""#, "1:5 `\\q` is no escape of a double-quoted text"),
        Snippet(#"a: "\ud800""#, "1:5 this escape names no character"),
        Snippet(#"a: "\x4""#, "1:5 this escape names no character"),
        Snippet(
            #"a: "x\0""#,
            "1:6 a text cannot hold NUL: neither arguments nor variables could carry it"
        ),
        Snippet("a: |x\n b", "1:5 after `|` or `>` come only an indentation digit, `-` or `+`"),
        Snippet("a: | b", "1:6 after `|` or `>` come only an indentation digit, `-` or `+`"),
        Snippet("a: |0\n b", "1:5 after `|` or `>` come only an indentation digit, `-` or `+`"),
        Snippet(
            "a: |\n   \n  b",
            "2:4 an empty line at the beginning is indented deeper than the text"
        ),
        Snippet("a: b\u{07}", "1:5 the control character U+7 is not allowed"),
        Snippet(
            "a: b\u{FEFF}",
            "1:5 a byte order mark may stand at the beginning of the file only"
        ),
        Snippet(String(repeating: "[", count: 65), "1:65 this is nested deeper than 64 levels"),
        Snippet(String(repeating: "- ", count: 65), "1:129 this is nested deeper than 64 levels"),
    ]
}
