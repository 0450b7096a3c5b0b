/// A time zone: what the clocks on its walls show at every instant, and when they change.
///
/// Cheap to copy; two are equal if their names and all they say are.
package struct ZoneRules: Sendable {
    /// As a pipeline names it: `Europe/Berlin`.
    package let name: String
    private let contents: Contents

    private final class Contents: Sendable {
        let table: ZoneTable

        init(_ table: ZoneTable) {
            self.table = table
        }
    }

    /// Always UTC.
    package static let utc = ZoneRules(
        name: "UTC",
        ZoneTable(
            times: [],
            typeNumbers: [],
            types: [ZoneTable.LocalTime(offset: 0, abbreviation: "UTC")],
            footer: nil
        )
    )

    /// Reads a compiled zone (TZif, RFC 9636, versions 1 to 4), as the files of tzdata are.
    ///
    /// - Parameters:
    ///   - bytes: The whole file.
    ///   - name: What the zone is called; it is not in the file.
    /// - Throws: What is wrong with the file; one with leap seconds is refused.
    package init(parsing bytes: [UInt8], name: String) throws(ZoneFault) {
        self.init(name: name, try ZoneFileReader.read(bytes))
    }

    private init(name: String, _ table: ZoneTable) {
        self.name = name
        contents = Contents(table)
    }

    /// Seconds east of UTC.
    package func offset(at instant: Timestamp) -> Int {
        period(at: instant.wholeSeconds).time.offset
    }

    /// The short name of the time kept: `CEST`, `+03`.
    package func abbreviation(at instant: Timestamp) -> String {
        period(at: instant.wholeSeconds).time.abbreviation
    }

    /// What the clocks show, in whole minutes.
    package func civilMinute(at instant: Timestamp) -> CivilMinute {
        let seconds = instant.wholeSeconds
        let local = seconds + period(at: seconds).offset
        return CivilMinute(minutesSinceEpoch: floorDivide(local, by: 60).quotient)
    }

    func period(at seconds: Int64) -> ZonePeriod { contents.table.period(at: seconds) }
}

extension ZoneRules: Hashable {
    package static func == (left: ZoneRules, right: ZoneRules) -> Bool {
        left.name == right.name
            && (left.contents === right.contents || left.contents.table == right.contents.table)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(name)
    }
}

extension Timestamp {
    /// Seconds since the epoch, rounded towards the past.
    var wholeSeconds: Int64 { floorDivide(nanoseconds, by: 1_000_000_000).quotient }

    /// The instant so many seconds after the epoch; `nil` where 64 bits of nanoseconds end.
    init?(wholeSeconds: Int64) {
        let (product, overflow) = wholeSeconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return nil }
        self.init(nanoseconds: product)
    }
}
