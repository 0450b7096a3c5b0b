import CLinux
import Glibc
import Pipeline

/// What attempts show when they send something: each a token that nobody can make up, and that
/// names the attempt.
///
/// A token is the attempt's name in numbers and 128 bits of their HMAC under this process's own
/// key, so that nothing has to be remembered of an attempt, however many there are.
struct AttemptTokens: Sendable {
    /// Whose a token is: the run and the step by their numbers in this process.
    struct Claim: Hashable, Sendable {
        var run: Int
        var step: Int
        var part: StepPart
        var number: Int
    }

    /// Begun with the key.
    private let hash: CacheHash
    private static let digits = 32
    /// More is no token: a path may be long.
    private static let bytesMax = 120

    /// With a new key.
    init() {
        var bytes = [UInt8](repeating: 0, count: 32)
        while unsafe getrandom(&bytes, bytes.count, 0) != bytes.count {}
        hash = CacheHash(key: bytes)
    }

    func token(for claim: Claim) -> String {
        let name = "\(claim.run)-\(claim.step)-\(claim.part.rawValue)-\(claim.number)"
        return name + "-" + seal(of: name)
    }

    /// Whose token it is; `nil` when it is not one of this process.
    func claim(of token: String) -> Claim? {
        guard token.utf8.count <= Self.bytesMax else { return nil }
        let parts = token.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[4].utf8.count == Self.digits else { return nil }
        let name = parts[..<4].joined(separator: "-")
        // In constant time: how far it is right must not show.
        var difference: UInt8 = 0
        for (given, right) in zip(parts[4].utf8, seal(of: name).utf8) {
            difference |= given ^ right
        }
        guard difference == 0, let run = Int(parts[0]), let step = Int(parts[1]),
            let part = StepPart(rawValue: String(parts[2])), let number = Int(parts[3])
        else { return nil }
        return Claim(run: run, step: step, part: part, number: number)
    }

    private func seal(of name: String) -> String {
        var hash = hash
        hash.add(name)
        let digest = hash.digest
        return Seal(high: digest.leading(0), low: digest.leading(1)).description
    }

    /// 128 bits, written in `digits`.
    private struct Seal: HexIdentifier128 {
        let high: UInt64
        let low: UInt64
    }
}
