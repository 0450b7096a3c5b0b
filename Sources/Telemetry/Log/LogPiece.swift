/// One record of a step's log.
///
/// The form is the one of Kubernetes' container runtimes (CRI), so that every log shipper reads it:
///
///     2016-10-06T00:17:09.669794202Z stdout F a line
///     2016-10-06T00:17:09.669794202Z stderr P the beginning of a line that goes on
///     2016-10-06T00:17:09.670000000Z stderr F in the next record of its stream
///     2016-10-06T00:17:09.671000000Z stdout F:noeol the stream's end, where no newline was
///
/// Readers that do not know the second tag pass over it, as the format wants it.
package struct LogPiece: Sendable {
    /// Bytes of text in one record, as containerd and CRI-O cut lines.
    package static let textBytes = 16 << 10
    /// Time, stream and tag, each with a space: as many for either stream.
    package static let headBytes = PreciseInstant.count + 10
    /// What stands behind `F` where the stream ends without a newline.
    package static let endMark = ":noeol "

    package enum Ending: Hashable, Sendable {
        /// A newline follows the text.
        case line
        /// The line goes on in the next record of its stream.
        case piece
        /// The stream ends here, without a newline.
        case end
    }

    /// RFC 3339 with nine decimals; `nil` where the log has no times.
    package var time: ArraySlice<UInt8>?
    /// `nil` where the log does not tell.
    package var stream: StepStream?
    /// As the step printed it, UTF-8 or not; without the newline.
    package var text: ArraySlice<UInt8>
    package var ending: Ending

    package init(
        time: ArraySlice<UInt8>? = nil,
        stream: StepStream? = nil,
        text: ArraySlice<UInt8>,
        ending: Ending
    ) {
        self.time = time
        self.stream = stream
        self.text = text
        self.ending = ending
    }

    /// Reads one line of a log, without its newline; `nil` when it is none.
    package init?(record: ArraySlice<UInt8>) {
        let start = record.startIndex
        let afterTime = start + PreciseInstant.count
        guard record.count >= Self.headBytes, record[afterTime] == space,
            record[afterTime + 7] == space,
            let stream = Self.stream(record[(afterTime + 1)..<(afterTime + 7)]),
            PreciseInstant.isInstant(record[start..<afterTime])
        else { return nil }
        let tagStart = afterTime + 8
        guard let tagEnd = record[tagStart...].firstIndex(of: space) else { return nil }
        switch record[tagStart] {
        case UInt8(ascii: "P"): ending = .piece
        case UInt8(ascii: "F"): ending = tagEnd - tagStart > 1 ? .end : .line
        default: return nil
        }
        time = record[start..<afterTime]
        self.stream = stream
        text = record[(tagEnd + 1)...]
    }

    private static func stream(_ name: ArraySlice<UInt8>) -> StepStream? {
        if name.elementsEqual("stdout".utf8) { return .stdout }
        return name.elementsEqual("stderr".utf8) ? .stderr : nil
    }
}

private let space = UInt8(ascii: " ")
