import CLinux
import Glibc
import Journal

/// The secret that allows changes on an agent: whoever can read `<state>/token` (mode 0600) may
/// start and cancel runs (G9).
package struct AgentToken: Sendable {
    /// 64 lower-case hexadecimal digits.
    package let text: String
    private static let bytes = 32

    /// The state folder's token; made, of 256 random bits, where there is none.
    ///
    /// - Throws: `StateError`
    package init(in state: StateFolder) throws(StateError) {
        if let found = try Self.read(state) {
            text = found
            return
        }
        let made = Self.random()
        do throws(JournalError) {
            try state.storage.createFile(
                state.tokenPath,
                with: Array((made + "\n").utf8),
                synced: true
            )
            text = made
        } catch {
            // Somebody else was quicker.
            guard let found = try Self.read(state) else { throw .journal(error) }
            text = found
        }
    }

    /// The token, where there is one.
    ///
    /// - Throws: `damagedFile` when the file holds anything else, or others may read it.
    package static func read(_ state: StateFolder) throws(StateError) -> String? {
        var status = stat()
        guard unsafe stat(state.tokenPath, &status) == 0 else { return nil }
        guard status.st_mode & 0o077 == 0 else {
            let why = "others may read it: chmod 600, or remove it and start the agent anew"
            throw .damagedFile(path: state.tokenPath, why: why)
        }
        let bytes = try journaled { () throws(JournalError) in
            try state.storage.readFile(state.tokenPath, limit: 4_096)
        }
        let text = String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }
        guard text.utf8.count == 2 * Self.bytes, text.utf8.allSatisfy(isHexDigit) else {
            let why = "not \(2 * Self.bytes) hexadecimal digits: remove it and start the agent anew"
            throw .damagedFile(path: state.tokenPath, why: why)
        }
        return text
    }

    /// Whether `candidate` is the token, in a time that does not tell how much of it is right.
    package func matches(_ candidate: some Collection<UInt8>) -> Bool {
        let expected = Array(text.utf8)
        guard candidate.count == expected.count else { return false }
        var difference: UInt8 = 0
        for (one, other) in zip(candidate, expected) { difference |= one ^ other }
        return difference == 0
    }

    private static func random() -> String {
        var bytes = [UInt8](repeating: 0, count: Self.bytes)
        while unsafe getrandom(&bytes, bytes.count, 0) != bytes.count {}
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] },
            as: UTF8.self
        )
    }
}

private func isHexDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
    default: false
    }
}
