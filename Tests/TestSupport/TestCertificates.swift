import Glibc

/// An authority, a server for 127.0.0.1 and a client, made with openssl for one test.
package struct TestCertificates: Sendable {
    private let folder: TemporaryDirectory

    package var authority: String { folder.path + "/ca.pem" }
    package var serverCertificate: String { folder.path + "/server.pem" }
    package var serverKey: String { folder.path + "/server.key" }
    package var clientCertificate: String { folder.path + "/client.pem" }
    package var clientKey: String { folder.path + "/client.key" }

    package init() throws {
        folder = TemporaryDirectory()
        folder.write("names", "subjectAltName=IP:127.0.0.1,DNS:localhost")
        try openssl([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=Weir test authority",
        ])
        for name in ["server", "client"] {
            try openssl([
                "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-keyout", "\(name).key", "-out", "\(name).csr", "-subj", "/CN=\(name)",
            ])
            try openssl([
                "x509", "-req", "-in", "\(name).csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                "-CAcreateserial", "-out", "\(name).pem", "-days", "2", "-extfile", "names",
            ])
        }
    }

    /// For `otlp_receiver.py`.
    func arguments(asksClients: Bool) -> [String] {
        ["--tls-certificate", serverCertificate, "--tls-key", serverKey]
            + (asksClients ? ["--tls-client-authority", authority] : [])
    }

    private func openssl(_ words: [String]) throws {
        let process = Subprocess(
            ["openssl"] + words,
            environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"],
            directory: folder.path
        )
        guard process.wait(atMost: .seconds(60)) == 0 else {
            throw TestSupportError("openssl \(words[0]): \(process.err)")
        }
    }
}
