/// The escape sequences that redraw a block of lines in place (ECMA-48: CUU, EL, ED).
///
/// The cursor always rests at the start of the row below the block. It is not hidden: a killed
/// process could not bring it back.
package struct LiveScreen: Sendable {
    /// Rows of the block that is on the screen now.
    private var drawn = 0

    package init() {}

    /// Text that replaces the block by `frame`.
    ///
    /// `above` are lines that stay, and scroll away as any output does. All lines are printed as
    /// they are: `LiveBars` and `PlainLines` have made them harmless and narrow enough.
    package mutating func draw(_ frame: [String], above: [String] = []) -> String {
        var text = home
        for line in above + frame { text += line + "\u{1b}[K\n" }
        // What is left of a taller block below.
        if above.count + frame.count < drawn { text += "\u{1b}[J" }
        drawn = frame.count
        return text
    }

    /// Text that takes the block away, so that other output can follow in its place.
    package mutating func clear() -> String {
        guard drawn > 0 else { return "" }
        let text = home + "\u{1b}[J"
        drawn = 0
        return text
    }

    private var home: String { drawn > 0 ? "\u{1b}[\(drawn)A\r" : "" }
}
