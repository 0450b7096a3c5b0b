extension SlotSeries {
    /// Whether it names times of the day, so that a clock which is set must neither pass one over
    /// nor bring it twice.
    package var isFixedTime: Bool {
        guard case .cron(let expression) = rule else { return false }
        return expression.isFixedTime
    }
}
