import Testing
import Transport

@testable import Agent

struct IdempotencyKeyTests {
    @Test(arguments: [
        (#""8e03978e-40d5-43dd-bc93-6894a57f9324""#, "8e03978e-40d5-43dd-bc93-6894a57f9324"),
        (#""two words; or, more""#, "two words; or, more"),
        (#""a \"quoted\" back\\slash""#, #"a "quoted" back\slash"#),
        ("8e03978e-40d5", "8e03978e-40d5"),
        ("https://client.example/orders/17?n=1", "https://client.example/orders/17?n=1"),
        ("x", "x"),
    ])
    func `is a text in quotes, or a bare word`(field: String, text: String) throws {
        let key = try #require(try IdempotencyKey.read(["idempotency-key": field]))
        #expect(key.text == text)
        #expect(try IdempotencyKey(field: key.field) == key, "what we send is what we read")
    }

    @Test(arguments: [
        "", #""""#, #"""#, #""open"#, #""a"b"#, #""a";p=1"#, #""a", "b""#, #""bad \escape""#,
        #""ends \"#, "two words", "a,b", "a;b", #"a"b"#, #"a\b"#, "caf\u{e9}", #""caf\u{e9}""#,
        "\"tab\tbed\"", String(repeating: "k", count: 256),
    ])
    func `anything else is refused`(field: String) {
        #expect(throws: IdempotencyKey.Fault.self) {
            try IdempotencyKey.read(["Idempotency-Key": field])
        }
    }

    @Test func `255 bytes are the most, however many their quotes and escapes take`() throws {
        let long = String(repeating: "\\\"", count: 255)
        #expect(try IdempotencyKey(field: "\"\(long)\"").text.utf8.count == 255)
        #expect(throws: IdempotencyKey.Fault.self) {
            try IdempotencyKey(field: "\"\(long)x\"")
        }
    }

    @Test func `there is one field, or none`() throws {
        #expect(try IdempotencyKey.read([:]) == nil)
        #expect(throws: IdempotencyKey.Fault.self) {
            try IdempotencyKey.read(["Idempotency-Key": "a", "idempotency-key": "a"])
        }
    }
}
