package import Pipeline

/// What stands before and after the spans of one resource in an OTLP/JSON request, encoded once.
package struct OTLPResource: Hashable, Sendable {
    /// Up to the first span: `{"resource":{…},"scopeSpans":[{"scope":{…},"spans":[`.
    let prefix: [UInt8]

    static let schemaURL: StaticString = "https://opentelemetry.io/schemas/1.44.0"
    static let suffix: StaticString =
        #"],"schemaUrl":"https://opentelemetry.io/schemas/1.44.0"}],"schemaUrl":"https://opentelemetry.io/schemas/1.44.0"}"#

    /// The scope is `weir` in the version that the run's resource names, not in that of whoever
    /// sends the run: both must give the same bytes.
    package init(_ attributes: [ResourceAttribute]) {
        var writer = JSONWriter(reserving: 1_024)
        writer.piece(#"{"resource":{"attributes":["#)
        for (position, attribute) in attributes.enumerated() {
            if position > 0 { writer.piece(",") }
            OTLPResource.encode(attribute, into: &writer)
        }
        writer.piece(#"]},"scopeSpans":[{"scope":{"name":"weir""#)
        let version = attributes.first { $0.key == "telemetry.sdk.version" }?.value
        if case .text(let version) = version {
            writer.piece(#","version":"#)
            writer.string(version)
        }
        writer.piece(#"},"spans":["#)
        prefix = writer.bytes
    }

    private static func encode(_ attribute: ResourceAttribute, into writer: inout JSONWriter) {
        writer.piece(#"{"key":"#)
        writer.string(attribute.key)
        switch attribute.value {
        case .text(let text):
            writer.piece(#","value":{"stringValue":"#)
            writer.string(text)
        case .integer(let integer):
            writer.piece(#","value":{"intValue":"#)
            writer.integerString(integer)
        }
        writer.piece("}}")
    }
}
