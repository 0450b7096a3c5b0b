/// What the place that text goes to can show.
package struct TerminalStyle: Sendable, Hashable {
    package var hasColour: Bool
    /// False where the locale cannot show anything but ASCII.
    package var hasUnicode: Bool
    /// The width; `nil` where lines may be as long as they like (files, pipes).
    package var columns: Int?

    package init(hasColour: Bool, hasUnicode: Bool, columns: Int?) {
        self.hasColour = hasColour
        self.hasUnicode = hasUnicode
        self.columns = columns
    }

    /// Files, pipes, logs.
    package static let plain = TerminalStyle(hasColour: false, hasUnicode: true, columns: nil)

    /// Decides from the environment, as it was handed to the process.
    ///
    /// `NO_COLOR` counts when it is not empty (no-color.org). Only a terminal whose locale names
    /// another encoding than UTF-8 gets ASCII: POSIX looks at `LC_ALL`, `LC_CTYPE` and `LANG`,
    /// and the first that is not empty decides.
    package init(isTerminal: Bool, environment: [String: String], columns: Int) {
        let noColour = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
        let isDumb = environment["TERM"] == "dumb"
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .compactMap { environment[$0] }
            .first { !$0.isEmpty }
        let name = (locale ?? "C").lowercased()
        let isUTF8 = name.contains("utf-8") || name.contains("utf8")
        self.init(
            hasColour: isTerminal && !noColour && !isDumb,
            hasUnicode: !isTerminal || isUTF8,
            columns: isTerminal ? max(20, columns) : nil
        )
    }

    /// The glyph, or what stands for it in ASCII.
    func glyph(_ glyph: Glyph) -> String {
        hasUnicode ? glyph.unicode : glyph.ascii
    }

    func paint(_ text: String, _ role: Role) -> String {
        guard hasColour, let code = role.code, text.utf8.contains(where: { $0 != 0x20 }) else {
            return text
        }
        return "\u{1b}[\(code)m\(text)\u{1b}[0m"
    }
}

/// What a piece of text means; the colours follow from it.
enum Role: Sendable {
    case plain
    case strong
    case dim
    case good
    case bad
    case warning
    case accent

    /// SGR parameters (ECMA-48 §8.3.117).
    fileprivate var code: String? {
        switch self {
        case .plain: nil
        case .strong: "1"
        case .dim: "2"
        case .good: "32"
        case .bad: "1;31"
        case .warning: "33"
        case .accent: "36"
        }
    }
}

/// The signs that faces use, each with its stand-in.
enum Glyph: Sendable {
    case success
    case failure
    case separator
    case ellipsis
    case tolerated
    case skipped

    fileprivate var unicode: String {
        switch self {
        case .success: "✓"
        case .failure: "✗"
        case .separator: "·"
        case .ellipsis: "…"
        case .tolerated: "!"
        case .skipped: "○"
        }
    }

    fileprivate var ascii: String {
        switch self {
        case .success: "+"
        case .failure: "x"
        case .separator: "-"
        case .ellipsis: ".."
        case .tolerated: "!"
        case .skipped: "o"
        }
    }
}
