/// Responses as bytes (RFC 9112 §4): status line, `Date`, framing, body.
package enum HTTPResponseEncoder {
    /// What the request and the connection decide about the message.
    package struct Context: Sendable {
        /// The request was a `HEAD`: the fields of the answer without its body.
        package var isHead: Bool
        package var minorVersion: Int
        package var keepsAlive: Bool
        /// As `HTTPDate` writes it.
        package var date: String

        package init(isHead: Bool, minorVersion: Int, keepsAlive: Bool, date: String) {
            self.isHead = isHead
            self.minorVersion = minorVersion
            self.keepsAlive = keepsAlive
            self.date = date
        }
    }

    /// As many as a head usually has.
    private static let headBytes = 192

    package static let continue100 = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)

    package static func append(
        _ response: HTTPResponse,
        _ context: Context,
        to bytes: inout [UInt8]
    ) {
        let status = (200...599).contains(response.status) ? response.status : 500
        // Piece by piece: interpolation takes as long as reading a request.
        func add(_ text: String) { bytes += text.utf8 }
        bytes.reserveCapacity(bytes.count + headBytes + response.body.count)
        add("HTTP/1.1 ")
        add(String(status))
        add(" ")
        add(HTTPStatus.phrase(status))
        add("\r\nDate: ")
        add(context.date)
        if let type = response.contentType {
            add("\r\nContent-Type: ")
            add(clean(type))
        }
        // Neither status may have a body, and 204 no length (RFC 9110 §8.6, §15.4.5).
        let hasBody = status != 204 && status != 304
        if hasBody {
            add("\r\nContent-Length: ")
            add(String(response.body.count))
        }
        for field in response.headers.all where isOurs(field.name) {
            add("\r\n\(field.name): \(clean(field.value))")
        }
        if !context.keepsAlive {
            add("\r\nConnection: close")
        } else if context.minorVersion == 0 {
            add("\r\nConnection: keep-alive")
        }
        add("\r\n\r\n")
        if hasBody, !context.isHead { bytes += response.body }
    }

    /// A name that is none would let an answer split in two, and framing is not the handler's.
    private static func isOurs(_ name: String) -> Bool {
        guard !name.isEmpty, name.utf8.allSatisfy(\.isTokenByte) else { return false }
        return !["Content-Length", "Transfer-Encoding", "Connection", "Date", "Content-Type"]
            .contains { $0.equalsIgnoringCase(name) }
    }

    private static func clean(_ value: String) -> String {
        guard !value.utf8.allSatisfy(\.isFieldByte) else { return value }
        return String(
            decoding: value.utf8.map { $0.isFieldByte ? $0 : UInt8(ascii: " ") },
            as: UTF8.self
        )
    }
}

/// The date format of HTTP (RFC 9110 §5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
package enum HTTPDate {
    /// `seconds` since 1970; what is before counts as 1970.
    package static func text(seconds: Int64) -> String {
        let (days, second) = max(0, seconds).quotientAndRemainder(dividingBy: 86_400)
        // Years begin in March here, so that the leap day is the last of its year.
        let shifted = days + 719_468
        let (era, dayOfEra) = shifted.quotientAndRemainder(dividingBy: 146_097)
        let leaps = dayOfEra / 1_460 - dayOfEra / 36_524 + dayOfEra / 146_096
        let yearOfEra = (dayOfEra - leaps) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
        let time = [second / 3_600, second / 60 % 60, second % 60].map(twoDigits)
        let weekday = weekdays[Int(days % 7)]
        return "\(weekday), \(twoDigits(day)) \(months[Int(month) - 1]) \(year) "
            + "\(time[0]):\(time[1]):\(time[2]) GMT"
    }

    private static let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private static func twoDigits(_ number: Int64) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}
