/// Counts what a request of OTLP holds, and finds out whether it is one as far as that goes.
///
/// It walks request, resource, scope, item, and of a metric its data's points, and nothing below:
/// there it sees to it that every field lies within its message. What an SDK has made passes;
/// what passes may still be refused by a collector that looks deeper.
package enum OTLPCount {
    /// Spans, data points of metrics, or log records.
    ///
    /// - Parameters:
    ///   - bytes: The body.
    ///   - signal: Which request it is.
    ///   - encoding: How it is written.
    ///   - depth: In JSON, the most arrays and objects inside each other.
    /// - Returns: How many there are; 0 for an empty request, which is valid.
    /// - Throws: What is wrong, and at which byte.
    package static func items(
        in bytes: [UInt8],
        _ signal: OTLPSignal,
        _ encoding: OTLPEncoding,
        depth: Int
    ) throws(OTLPFault) -> Int {
        switch encoding {
        case .protobuf: try ProtobufCount(of: signal).items(in: bytes)
        case .json: try JSONCount(of: signal).items(in: bytes, depth: depth)
        }
    }
}
