import Pipeline
import TestSupport
import Testing

@testable import Agent

/// What waits on a run's seat while its engine is held up.
struct FlowSeatTests {
    private let now = Timestamp(nanoseconds: 1_000_000_000)

    private func seat(_ desk: FlowDesk) throws -> FlowSeat {
        try FlowSeat(RunScript.run, at: desk)
    }

    @Test func `of what a lane waits for only the latest waits to be heard`() throws {
        let seat = try seat(FlowDesk(store: nil))
        let (first, second) = (Gates(pool: "db"), Gates(pool: "licence"))
        for number in 0..<1_000 {
            let until = Timestamp(nanoseconds: Int64(number))
            seat.put(FlowAnswer(FlowTicket(RunScript.run, first), .blocked(GateWait(.pool, "db"))))
            seat.put(
                FlowAnswer(
                    FlowTicket(RunScript.run, second),
                    .blocked(GateWait(.rateLimit, "site", until: until))
                )
            )
        }
        #expect(seat.take(at: now).count == 2)
        #expect(seat.take(at: now).isEmpty)
    }

    @Test func `what is granted is never lost, and stays before what came after it`() throws {
        let seat = try seat(FlowDesk(store: nil))
        let ticket = FlowTicket(RunScript.run, Gates(pool: "db"))
        let granted = FlowAnswer(ticket, .granted(isProbe: false, breaker: nil))
        let blocked = FlowAnswer(ticket, .blocked(GateWait(.pool, "db")))
        for answer in [blocked, granted, blocked, granted, blocked] { seat.put(answer) }
        #expect(
            seat.take(at: now)
                == [granted, granted, blocked].map { .flow($0.decision, ticket.gates) }
        )
    }
}
