import FoundationEssentials
import Pipeline
import Telemetry
import TestSupport
import Testing

@testable import Agent

struct Base64Tests {
    @Test func `it writes and reads what Foundation does`() {
        for count in 0..<200 {
            let bytes = noise(count, seed: UInt64(count))
            var text: [UInt8] = []
            Base64.encode(bytes[...], into: &text)
            #expect(String(decoding: text, as: UTF8.self) == Data(bytes).base64EncodedString())
            var back: [UInt8] = [255]
            #expect(Base64.decode(text, into: &back))
            #expect(back == [255] + bytes)
        }
    }

    @Test(arguments: [
        "A", "AA", "AAA", "A===", "====", "AA=A", "AAAA=AAA", "AA==AAAA", "AA A", "AA-_",
    ])
    func `what is none is refused`(_ text: String) {
        var bytes: [UInt8] = []
        #expect(!Base64.decode(Array(text.utf8), into: &bytes))
    }
}

struct AttemptTokensTests {
    private let tokens = AttemptTokens()
    private let claim = AttemptTokens.Claim(run: 3, step: 12, part: .compensation, number: 4)

    @Test func `a token names its attempt, to this process`() {
        let token = tokens.token(for: claim)
        #expect(tokens.claim(of: token) == claim)
        #expect(AttemptTokens().claim(of: token) == nil)
        #expect(token.utf8.allSatisfy { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "%") })
    }

    @Test func `no two attempts have the same`() {
        var all: Set<String> = []
        for part in StepPart.allCases {
            for number in 1...20 {
                for step in 0..<20 {
                    let claim = AttemptTokens.Claim(run: 1, step: step, part: part, number: number)
                    all.insert(String(tokens.token(for: claim).suffix(32)))
                }
            }
        }
        #expect(all.count == 3 * 20 * 20)
    }

    @Test func `a token with any byte changed is none`() {
        let token = Array(tokens.token(for: claim).utf8)
        for place in token.indices {
            for byte in [
                UInt8(ascii: "0"), UInt8(ascii: "9"), UInt8(ascii: "a"), UInt8(ascii: "-"),
            ]
            where byte != token[place] {
                var changed = token
                changed[place] = byte
                #expect(tokens.claim(of: String(decoding: changed, as: UTF8.self)) == nil)
            }
        }
    }

    @Test func `texts of any kind are none`() {
        let right = tokens.token(for: claim)
        let wrong = [
            "", "-", "----", right + "0", right + "-", String(right.dropLast()), "+" + right,
            right.uppercased(), String(repeating: "-", count: 100_000),
            "99999999999999999999999-0-main-1-" + right.suffix(32),
        ]
        for token in wrong { #expect(tokens.claim(of: token) == nil) }
    }
}

struct ReceivedMaskTests {
    private let mask = ReceivedMask(
        SecretMask(values: ["hunter2hunter2", "päss\"wörd\nline", "123456789"])
    )

    private func json(_ text: String) -> String {
        String(decoding: mask.masked(Array(text.utf8), .json), as: UTF8.self)
    }

    @Test func `in protobuf no byte moves`() {
        let body = [10, 16] + Array("xhunter2hunter2y".utf8) + [18, 1, 0]
        let masked = mask.masked(body, .protobuf)
        #expect(masked == [10, 16] + Array("x**************y".utf8) + [18, 1, 0])
        let base64 = Array("aHVudGVyMmh1bnRlcjI=".utf8)
        #expect(!mask.masked(base64, .protobuf).contains(UInt8(ascii: "V")))
    }

    @Test func `in JSON a string is masked however it is written`() {
        #expect(json(#"{"a":"x hunter2hunter2"}"#) == #"{"a":"x ***"}"#)
        #expect(json(#"{"hunter2hunter2":1}"#) == #"{"***":1}"#)
        #expect(json(#"["\u0068unter2hunter2\n"]"#) == #"["***\n"]"#)
        #expect(json(#"["p\u00e4ss\"w\u00f6rd\nline"]"#) == #"["***"]"#)
        #expect(json(#"["päss\"wörd\nline"]"#) == #"["***"]"#)
    }

    @Test func `numbers in strings stay numbers`() {
        #expect(json(#"{"intValue":"123456789"}"#) == #"{"intValue":"000000000"}"#)
        #expect(json(#"{"intValue":"x123456789"}"#) == #"{"intValue":"x***"}"#)
    }

    @Test func `what holds no secret comes out as it was`() {
        for text in [
            #"{"a" : "b\\", "c":[1.5e3,"\ud83d\ude00"]}"#, "{\"a\":\"", #"{"\"#, "", #""\"#,
        ] {
            #expect(json(text) == text)
        }
        let bytes = noise(10_000)
        #expect(mask.masked(bytes, .protobuf) == bytes)
        #expect(mask.masked(bytes, .json) == bytes)
        #expect(ReceivedMask(SecretMask(values: [])).masked(bytes, .json) == bytes)
    }
}

struct ChildTelemetryTests {
    private func block(_ variables: [(String, String)]) -> [String: String] {
        let block = EnvironmentBlock(variables.map { (name: $0.0, value: $0.1) })
        return Dictionary(
            uniqueKeysWithValues: ProxyBypass.variables(block).map { ($0.name, $0.value) }
        )
    }

    @Test func `who has no proxy is told nothing of one`() {
        #expect(block([("NO_PROXY", "x"), ("https_proxy", "http://p"), ("http_proxy", "")]) == [:])
    }

    @Test(arguments: ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])
    func `who has one reaches 127.0.0.1 without it`(_ name: String) {
        let both = ["no_proxy": "127.0.0.1", "NO_PROXY": "127.0.0.1"]
        #expect(block([(name, "http://p:1")]) == both)
        // Neither spelling may hide what the other one says.
        #expect(
            block([(name, "http://p:1"), ("NO_PROXY", "a.b")]) == ["NO_PROXY": "a.b,127.0.0.1"]
        )
        #expect(block([(name, "http://p:1"), ("no_proxy", "")]) == ["no_proxy": "127.0.0.1"])
        #expect(block([(name, "http://p:1"), ("no_proxy", "a, 127.0.0.1")]) == [:])
        #expect(block([(name, "http://p:1"), ("no_proxy", "*")]) == [:])
        // An address that only begins so is another one.
        #expect(
            block([(name, "http://p:1"), ("no_proxy", "127.0.0.11")]) == [
                "no_proxy": "127.0.0.11,127.0.0.1"
            ]
        )
    }

    @Test func `resource attributes are percent-encoded`() throws {
        let text = ResourceList.text([(.pipelineName, "a,b=c d"), (.taskName, "100%;é")])
        #expect(
            text == "cicd.pipeline.name=a%2Cb%3Dc%20d,cicd.pipeline.task.name=100%25%3B%C3%A9"
        )
        // Weir's own reader of that variable makes of it what it was.
        let read = OTelConfiguration(environment: ["OTEL_RESOURCE_ATTRIBUTES": text])
        #expect(read.resourceAttributes.map(\.value) == [.text("a,b=c d"), .text("100%;é")])
    }
}
