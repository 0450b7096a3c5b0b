/// Hints for people, below a run's summary.
package enum HintText {
    /// More at once nobody follows; the report has all.
    private static let most = 5

    /// Without line ends; empty where there is nothing to say.
    package static func lines(_ hints: [Hint], style: TerminalStyle) -> [String] {
        hints.prefix(most).map { hint in
            var line = StyledLine("hint", .accent)
            line.add("  ")
            let words = hint.step.map { "\($0) \(hint.text)" } ?? hint.text
            line.add(VisibleText.clean(words))
            return line.rendered(style)
        }
    }
}
