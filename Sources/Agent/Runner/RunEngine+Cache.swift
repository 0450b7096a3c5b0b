import Pipeline
import Transport

/// Where the cache of a run is.
package struct CachePlace: Sendable {
    package var state: StateFolder
    /// False to take nothing out of it.
    package var isRead: Bool

    package init(state: StateFolder, isRead: Bool = true) {
        self.state = state
        self.isRead = isRead
    }
}

/// What the engine knows of its run's cache.
struct EngineCache {
    let steps: StepCache
    /// By step index: what its work depends on, and the key of that.
    var asked: [Int: CacheIngredients] = [:]
    var keys: [Int: String] = [:]
}

extension RunEngine {
    /// - Returns: `nil` where no step has a cache.
    static func makeCache(
        _ plan: Plan,
        _ context: RunContext
    ) throws(SystemError) -> EngineCache? {
        guard let place = context.cache, plan.steps.contains(where: { $0.cache != nil }) else {
            return nil
        }
        return EngineCache(steps: try StepCache(in: place.state, isReading: place.isRead))
    }

    func lookUpCache(_ step: Int) {
        let planned = machine.plan.steps[step]
        let miss = RunInput.cacheAnswered(step: planned.name, nil)
        guard let cache, let policy = planned.cache,
            let ingredients = try? environment.cacheIngredients(
                of: step,
                policy,
                outputs: outputs
            )
        else {
            inputs.append(miss)
            return
        }
        self.cache?.asked[step] = ingredients
        if !cache.steps.ask(ingredients) { inputs.append(miss) }
    }

    /// The cache's bell has rung.
    func noticeCache() {
        guard let found = cache?.steps.take() else { return }
        for answer in found.answers {
            guard let step = machine.index(of: answer.step) else { continue }
            cache?.keys[step] = answer.key
            var hit = answer.hit
            // A secret may have changed to what was none then.
            hit?.outputs = (answer.hit?.outputs ?? []).map { output in
                AttemptReport.Output(key: output.key, value: mask.masked(output.value))
            }
            inputs.append(.cacheAnswered(step: answer.step, hit))
        }
        for notice in found.notices { sink.tell(notice) }
    }

    func storeInCache(_ step: Int) {
        guard let cache, let key = cache.keys[step], let ingredients = cache.asked[step] else {
            return
        }
        let left = (outputs[step] ?? [:]).sorted { $0.key < $1.key }
        let trace = context.trace.traceID
        let directory = ingredients.hasDirectory ? environment.directory(of: step) : nil
        cache.steps.keep(
            CachedStep(
                source: ReusedStep(
                    from: LinkedRun(run: context.run, trace: trace),
                    directory: directory
                ),
                outputs: left.map { AttemptReport.Output(key: $0.key, value: $0.value) }
            ),
            as: key,
            ingredients
        )
    }

    /// Ends the cache's thread, and tells what is left to tell.
    func stopCache(isPatient: Bool) {
        guard let cache else { return }
        cache.steps.stop(isPatient: isPatient)
        for notice in cache.steps.take().notices { sink.tell(notice) }
        self.cache = nil
    }
}
