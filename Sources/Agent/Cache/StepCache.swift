import Pipeline
import Synchronization
import Transport

/// The cache of one run: asked by its engine, answered from a thread that may wait for disks.
final class StepCache: Sendable {
    /// What became of a question.
    struct Answer: Sendable {
        var step: String
        /// What names the step's work; `nil`: it cannot be told, and nothing is kept of it.
        var key: String?
        var hit: CachedStep?
    }

    private struct State {
        var answers: [Answer] = []
        /// What people should be told, a few of it.
        var notices: [String] = []
    }

    let bell: EventDescriptor
    private let store: CacheStore
    private let isReading: Bool
    private let worker: WorkThread
    private let state = Mutex(State())
    private let isWanted = Atomic(true)
    private static let noticesMax = 16

    /// - Parameters:
    ///   - state: Where entries are.
    ///   - isReading: False to do everything again, and keep it.
    /// - Throws: When the system has no thread or descriptor to give.
    init(in state: StateFolder, isReading: Bool) throws(SystemError) {
        guard let bell = EventDescriptor() else { throw SystemError("eventfd") }
        self.bell = bell
        self.isReading = isReading
        store = CacheStore(state: state)
        worker = try WorkThread("weir-cache")
    }

    /// Looks the step up; the bell rings when it is done.
    ///
    /// - Returns: False when too much waits: there is no answer then.
    func ask(_ ingredients: CacheIngredients) -> Bool {
        worker.submit { [self] in
            let answer = answer(to: ingredients)
            state.withLock { $0.answers.append(answer) }
            bell.signal()
        }
    }

    private func answer(to ingredients: CacheIngredients) -> Answer {
        var answer = Answer(step: ingredients.step)
        do {
            let key = try key(of: ingredients)
            answer.key = key
            if isReading { answer.hit = store.find(key, ingredients, at: RunClock.wallNow) }
        } catch {
            note("step `\(ingredients.step)` is not cached: \(error)")
        }
        return answer
    }

    /// Keeps what the step left, if what it read is still what it was: `key` is from before it ran.
    func keep(_ step: CachedStep, as key: String, _ ingredients: CacheIngredients) {
        let isTaken = worker.submit { [self] in
            do {
                guard try self.key(of: ingredients) == key else {
                    note("step `\(ingredients.step)` is not cached: its files changed meanwhile")
                    return
                }
                try store.keep(step, as: key, at: RunClock.wallNow)
            } catch InputFiles.Fault.abandoned {
                return
            } catch {
                note("step `\(ingredients.step)` is not cached: \(error)")
            }
        }
        if !isTaken { note("step `\(ingredients.step)` is not cached: too many wait for it") }
    }

    private func key(of ingredients: CacheIngredients) throws -> String {
        try ingredients.key(try store.secret()) { isWanted.load(ordering: .relaxed) }
    }

    private func note(_ text: String) {
        state.withLock { state in
            if state.notices.count < Self.noticesMax { state.notices.append(text) }
        }
        bell.signal()
    }

    /// What came since the last call.
    func take() -> (answers: [Answer], notices: [String]) {
        bell.clear()
        return state.withLock { state in
            defer { state = State() }
            return (state.answers, state.notices)
        }
    }

    /// Ends the thread when what is to be kept is kept; at once, unless `isPatient`.
    func stop(isPatient: Bool) {
        if !isPatient { isWanted.store(false, ordering: .relaxed) }
        worker.stop()
    }
}
