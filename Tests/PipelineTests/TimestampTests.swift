import Pipeline
import Testing

struct TimestampTests {
    private let never = Timestamp(nanoseconds: .min)
    private let always = Timestamp(nanoseconds: .max)
    private let zero = Timestamp(nanoseconds: 0)

    @Test func `sums and differences saturate instead of turning round`() {
        #expect(zero + .seconds(1) == Timestamp(nanoseconds: 1_000_000_000))
        #expect(Timestamp(nanoseconds: 5) - Timestamp(nanoseconds: 7) == .nanoseconds(-2))
        #expect(always - never == .nanoseconds(Int64.max))
        #expect(never - always == .nanoseconds(Int64.min))
        #expect(Timestamp(nanoseconds: 1) - never > .seconds(1))
        #expect(always + .seconds(1) == always)
        #expect(zero + .seconds(Int64.max) == always)
        #expect(zero + .seconds(Int64.min) == never)
    }
}
