internal import CCurl
internal import Glibc

extension CurlFailure.Kind {
    /// What libcurl's code means to someone who must act on it.
    init(_ code: CURLcode, systemError: Int32) {
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: self = .resolve
        case CURLE_COULDNT_CONNECT: self = systemError == ECONNREFUSED ? .refused : .connect
        case CURLE_OPERATION_TIMEDOUT: self = .timeout
        case CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_PARTIAL_FILE:
            self = .closed
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT, CURLE_SSL_CERTPROBLEM,
            CURLE_SSL_CACERT_BADFILE, CURLE_BAD_FUNCTION_ARGUMENT:
            self = .request
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CIPHER,
            CURLE_SSL_ISSUER_ERROR, CURLE_SSL_ENGINE_NOTFOUND:
            self = .tls
        case CURLE_HTTP2, CURLE_HTTP2_STREAM, CURLE_WEIRD_SERVER_REPLY,
            CURLE_BAD_CONTENT_ENCODING:
            self = .malformed
        case CURLE_ABORTED_BY_CALLBACK: self = .aborted
        default: self = .other
        }
    }
}

extension CurlRequest.Header {
    /// RFC 9110 §5.1 and §5.5: a token, and no control character in the value, so that neither
    /// can end its line and begin another.
    var isWellFormed: Bool {
        let separators = Set("\"(),/:;<=>?@[\\]{}".utf8)
        let isToken = name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !separators.contains($0) }
        let isClean = value.utf8.allSatisfy { $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7F) }
        return !name.isEmpty && isToken && isClean
    }
}
