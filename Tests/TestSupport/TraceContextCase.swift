/// A request with W3C Trace Context headers, and what a participant must make of it.
///
/// The cases are those of the W3C's own test suite (`test.py`), in our words: the specification
/// they follow is level 2.
package struct TraceContextCase: Sendable, CustomStringConvertible {
    /// What is peculiar about the request.
    package let description: String
    /// The headers in their order, names as they are sent.
    package let headers: [(name: String, value: String)]
    /// Whether the caller's trace goes on.
    package let isContinued: Bool
    /// `tracestate` as it is handed on.
    package let state: String
    /// The flags that are handed on where the trace goes on.
    package let flags: UInt8

    package static let trace = "0af7651916cd43dd8448eb211c80319c"
    package static let span = "b7ad6b7169203331"

    /// The values under a lower-case name, as a server hands them over.
    package func values(_ name: String) -> [String] {
        headers.filter { $0.name.lowercased() == name }.map(\.value)
    }

    /// The environment that says the same, which knows one value a name and no other spelling;
    /// `nil` where it cannot be said so.
    package var environment: [String: String]? {
        var environment: [String: String] = [:]
        for header in headers {
            let name = header.name.uppercased()
            guard ["TRACEPARENT", "TRACESTATE"].contains(name), environment[name] == nil else {
                return nil
            }
            environment[name] = header.value
        }
        return environment
    }

    package static let all =
        ignored + accepted + refused + flagged + states + stateSpaces + stateNames + stateLimits

    private static func parents(
        _ description: String,
        _ values: String...,
        name: String = "traceparent",
        continued: Bool = false,
        flags: UInt8 = 1
    ) -> Self {
        Self(
            description: description,
            headers: values.map { (name, $0) },
            isContinued: continued,
            state: "",
            flags: flags
        )
    }

    private static func states(
        _ description: String,
        _ values: [String],
        name: String = "tracestate",
        is state: String
    ) -> Self {
        Self(
            description: description,
            headers: [("traceparent", "00-\(trace)-\(span)-00")] + values.map { (name, $0) },
            isContinued: true,
            state: state,
            flags: 0
        )
    }

    private static let good = "00-\(trace)-\(span)-01"
    private static let zeros = String(repeating: "0", count: 32)

    private static let ignored = [
        parents("nothing at all"),
        parents("two parents", good, "00-\(trace.reversed())-\(span)-01".lowercased()),
        parents("the same parent twice", good, good),
        parents("a name with a dash", good, name: "trace-parent"),
        parents("a name with a dot", good, name: "trace.parent"),
        Self(
            description: "a state without a parent",
            headers: [("tracestate", "foo=1,bar=2")],
            isContinued: false,
            state: "",
            flags: 1
        ),
        Self(
            description: "a state with a bad parent",
            headers: [("traceparent", "00-\(zeros)-\(span)-01"), ("tracestate", "foo=1")],
            isContinued: false,
            state: "",
            flags: 1
        ),
    ]

    private static let accepted = [
        parents("a parent alone", good, continued: true),
        parents("a name in mixed case", good, name: "TraceParent", continued: true),
        parents("a name in wild case", good, name: "TrAcEpArEnT", continued: true),
        parents("a name in capitals", good, name: "TRACEPARENT", continued: true),
        parents("a later version", "cc-\(trace)-\(span)-01", continued: true),
        parents("a later version with more", "cc-\(trace)-\(span)-01-and-more", continued: true),
        parents("the next version with a dash", "01-\(trace)-\(span)-01-", continued: true),
        parents("a space before", " " + good, continued: true),
        parents("a tab before", "\t" + good, continued: true),
        parents("a space after", good + " ", continued: true),
        parents("a tab after", good + "\t", continued: true),
        parents("both around", "\t " + good + " \t", continued: true),
    ]

    private static let refused =
        [
            ("version 00 with a dot after it", good + "."),
            ("version 00 with more", good + "-and-more"),
            ("a later version with a dot after it", "cc-\(trace)-\(span)-01.and-more"),
            ("version ff", "ff-\(trace)-\(span)-01"),
            ("a dot before the version", ".0-\(trace)-\(span)-01"),
            ("a dot in the version", "0.-\(trace)-\(span)-01"),
            ("a version of three digits", "000-\(trace)-\(span)-01"),
            ("a version of four digits", "0000-\(trace)-\(span)-01"),
            ("a version of one digit", "0-\(trace)-\(span)-01"),
            ("a trace id of zeros", "00-\(zeros)-\(span)-01"),
            ("a trace id that begins with a dot", "00-.\(trace.dropFirst())-\(span)-01"),
            ("a trace id that ends with a dot", "00-\(trace.dropLast()).-\(span)-01"),
            ("a trace id in capitals", "00-\(trace.uppercased())-\(span)-01"),
            ("a trace id too long", "00-\(trace)3-\(span)-01"),
            ("a trace id too short", "00-\(trace.dropLast())-\(span)-01"),
            ("a parent id of zeros", "00-\(trace)-\(zeros.prefix(16))-01"),
            ("a parent id that begins with a dot", "00-\(trace)-.\(span.dropFirst())-01"),
            ("a parent id that ends with a dot", "00-\(trace)-\(span.dropLast()).-01"),
            ("a parent id in capitals", "00-\(trace)-\(span.uppercased())-01"),
            ("a parent id too long", "00-\(trace)-\(span)7-01"),
            ("a parent id too short", "00-\(trace)-\(span.dropLast())-01"),
            ("flags that begin with a dot", "00-\(trace)-\(span)-.0"),
            ("flags that end with a dot", "00-\(trace)-\(span)-0."),
            ("flags too long", "00-\(trace)-\(span)-001"),
            ("flags too short", "00-\(trace)-\(span)-1"),
            ("no value", ""),
        ].map { parents($0.0, $0.1) }

    private static let flagged = [
        parents("not sampled", "00-\(trace)-\(span)-00", continued: true, flags: 0),
        parents("random and not sampled", "00-\(trace)-\(span)-02", continued: true, flags: 2),
        parents("random and sampled", "00-\(trace)-\(span)-03", continued: true, flags: 3),
        parents("flags that nobody knows", "00-\(trace)-\(span)-fc", continued: true, flags: 0),
    ]

    private static let states = [
        states("two members", ["foo=1,bar=2"], is: "foo=1,bar=2"),
        states("a state's name with a dash", ["foo=1"], name: "trace-state", is: ""),
        states("a state's name with a dot", ["foo=1"], name: "trace.state", is: ""),
        states("a state's name in mixed case", ["foo=1"], name: "TraceState", is: "foo=1"),
        states("a state's name in wild case", ["foo=1"], name: "TrAcEsTaTe", is: "foo=1"),
        states("a state's name in capitals", ["foo=1"], name: "TRACESTATE", is: "foo=1"),
        states("an empty state", [""], is: ""),
        states("a state and an empty one", ["foo=1", ""], is: "foo=1"),
        states("an empty state and one", ["", "foo=1"], is: "foo=1"),
        states(
            "three headers",
            ["foo=1,bar=2", "rojo=1,congo=2", "baz=3"],
            is: "foo=1,bar=2,rojo=1,congo=2,baz=3"
        ),
        states("empty members", ["foo=1,", ",,bar=2"], is: "foo=1,bar=2"),
        states("a member twice", ["foo=1,foo=1"], is: "foo=1,foo=1"),
        states("a key twice", ["foo=1,foo=2"], is: "foo=1,foo=2"),
        states("a member twice in two headers", ["foo=1", "foo=1"], is: "foo=1,foo=1"),
        states("a key twice in two headers", ["foo=1", "foo=2"], is: "foo=1,foo=2"),
    ]

    private static let stateSpaces = [
        states("spaces around commas", ["foo=1 \t , \t bar=2, \t baz=3"], is: "foo=1,bar=2,baz=3"),
        states("tabs around commas", ["foo=1\t \t,\t \tbar=2,\t \tbaz=3"], is: "foo=1,bar=2,baz=3"),
        states("a space before a state", [" foo=1"], is: "foo=1"),
        states("a tab before a state", ["\tfoo=1"], is: "foo=1"),
        states("a space after a state", ["foo=1 "], is: "foo=1"),
        states("a tab after a state", ["foo=1\t"], is: "foo=1"),
        states("both around a state", ["\t foo=1 \t"], is: "foo=1"),
        states("a space within a value", ["foo=1 2"], is: "foo=1 2"),
    ]

    private static let letters = "abcdefghijklmnopqrstuvwxyz0123456789_-*/"
    /// All of printable ASCII but the comma and the equals sign, in two halves.
    private static let printable = String(
        decoding: (UInt8(0x20)...0x7e).filter { $0 != 0x2c && $0 != 0x3d },
        as: UTF8.self
    )

    private static let stateNames =
        [
            states(
                "every letter of a key and a value",
                ["\(letters)=\(printable)"],
                is: "\(letters)=\(printable)"
            ),
            states(
                "every letter of a tenant's key",
                ["\(letters)@a-z0_9*/=\(printable)"],
                is: "\(letters)@a-z0_9*/=\(printable)"
            ),
        ]
        + ["foo@=1,bar=2", "foo@@bar=1,bar=2", "foo@bar@baz=1,bar=2", "1a=1"].map {
            states("the key in \($0)", [$0], is: $0)
        }
        + [
            "foo =1", "FOO=1", "foo.bar=1", "@foo=1,bar=2", "foo=bar=baz", "foo=,bar=3", "foo",
            "=1", "-foo=1", "foo=1;bar=2,x",
        ].map { states("the bad member in \($0)", ["good=1", $0], is: "") }

    private static let stateLimits: [Self] = {
        let members = (1...33).map { "bar\($0)=\($0)" }
        let parts = [0..<10, 10..<20, 20..<30].map { members[$0].joined(separator: ",") }
        let most = parts + [members[30..<32].joined(separator: ",")]
        let tooMany = parts + [members[30..<33].joined(separator: ",")]
        let long = String(repeating: "z", count: 256)
        let tenant = String(repeating: "t", count: 241) + "@" + String(repeating: "v", count: 14)
        return [
            states("32 members", most, is: most.joined(separator: ",")),
            states("33 members", tooMany, is: ""),
            states("a key of 256", ["foo=1", long + "=1"], is: "foo=1,\(long)=1"),
            states("a key of 257", ["foo=1", long + "z=1"], is: ""),
            states("a long tenant", ["foo=1", tenant + "=1"], is: "foo=1,\(tenant)=1"),
            states("a value of 256", ["foo=" + long], is: "foo=" + long),
            states("a value of 257", ["foo=" + long + "z"], is: ""),
        ]
    }()
}
