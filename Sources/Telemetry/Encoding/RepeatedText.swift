import Pipeline

/// A text that every span of a run has, copied in stores of fixed width: a call would cost more.
struct RepeatedText: Sendable {
    private static let width = 64
    /// A multiple of the width, zeros at its end.
    private let padded: [UInt8]
    private let count: Int

    init(_ text: [UInt8] = []) {
        count = text.count
        let rest = (RepeatedText.width - text.count % RepeatedText.width) % RepeatedText.width
        padded = text + repeatElement(0, count: rest)
    }

    var isEmpty: Bool { count == 0 }

    @inline(__always)
    func write(to cursor: inout JSONCursor) {
        // A whole width stands at every place that is a multiple of it.
        unsafe padded.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            var place = 0
            while count - place > RepeatedText.width {
                unsafe cursor.piece(start + place, RepeatedText.width, width: RepeatedText.width)
                place += RepeatedText.width
            }
            unsafe cursor.piece(start + place, count - place, width: RepeatedText.width)
        }
    }
}
