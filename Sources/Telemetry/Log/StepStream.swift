/// Which of its two streams a step printed to.
package enum StepStream: String, Hashable, Sendable, CaseIterable {
    case stdout
    case stderr
}
