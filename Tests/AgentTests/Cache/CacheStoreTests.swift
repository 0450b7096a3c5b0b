import Glibc
import Journal
import Pipeline
import TestSupport
import Testing

@testable import Agent

/// Entries of the cache: whole or none, young or none, with all they tell of or none.
struct CacheStoreTests {
    let fixture = StateFixture()
    let store: CacheStore
    let key = String(repeating: "ab", count: 32)
    private let now = instant(1_000)

    init() throws {
        store = CacheStore(state: fixture.state)
        try fixture.makeRun()
        _ = try store.secret()
        mkdir(fixture.directory.path + "/left", 0o700)
    }

    private var step: CachedStep {
        let run = makeRunStart().run
        return CachedStep(
            source: ReusedStep(
                from: LinkedRun(run: run, trace: TraceID(high: 1, low: 2)),
                directory: fixture.directory.path + "/left"
            ),
            outputs: [
                AttemptReport.Output(key: "a", value: "é\n\"\0"),
                AttemptReport.Output(key: "b", value: ""),
            ]
        )
    }

    private func find(ttl: Duration = .seconds(60), at instant: Timestamp? = nil) -> CachedStep? {
        let ingredients = CacheIngredients(
            step: "s",
            policy: CachePolicy(ttl: ttl),
            workdir: "/",
            hasDirectory: true
        )
        return store.find(key, ingredients, at: instant ?? now)
    }

    private var path: String { fixture.state.path + "/cache/" + key }

    @Test func `what was kept comes back, while it is young enough`() throws {
        #expect(find() == nil)
        try store.keep(step, as: key, at: now)
        #expect(find() == step)
        #expect(find(at: now + .seconds(60)) == step)
        #expect(find(at: now + .seconds(61)) == nil)
        #expect(find(at: now + .milliseconds(-1)) == nil, "the clock was set back")
    }

    @Test func `a damaged entry is none, and is removed`() throws {
        try store.keep(step, as: key, at: now)
        let bytes = try fixture.state.storage.readFile(path, limit: 1 << 20)
        for place in stride(from: 0, to: bytes.count, by: 7) {
            var damaged = bytes
            damaged[place] ^= 1
            #expect(CacheEntry(damaged, key: key) == nil, "byte \(place)")
            #expect(CacheEntry(Array(bytes[..<place]), key: key) == nil, "cut at \(place)")
        }
        #expect(CacheEntry(bytes, key: String(repeating: "cd", count: 32)) == nil)
        try fixture.state.storage.replaceFile(path, with: Array(bytes.dropLast(9)), synced: false)
        #expect(find() == nil)
        #expect(access(path, F_OK) != 0)
    }

    @Test func `an entry whose folder or run is gone is none`() throws {
        try store.keep(step, as: key, at: now)
        let left = fixture.directory.path + "/left"
        rename(left, left + "-gone")
        #expect(find() == nil)
        rename(left + "-gone", left)
        #expect(find() == step)
        let run = fixture.state.run(makeRunStart().run).path
        rename(run, run + "-gone")
        #expect(find() == nil)
    }

    @Test func `the folder stays bounded, the oldest go first`() throws {
        let folder = fixture.state.path + "/cache/"
        for number in 0..<CacheStore.entriesMax {
            let file = folder + "old\(number)"
            close(open(file, O_CREAT | O_WRONLY, 0o600))
            var times = [timeval(tv_sec: 1_000 + number, tv_usec: 0), timeval()]
            times[1] = times[0]
            utimes(file, &times)
        }
        try store.keep(step, as: key, at: now)
        let names = try entries(of: folder)
        #expect(names.count <= CacheStore.entriesMax)
        #expect(names.contains(key))
        #expect(!names.contains("old0") && names.contains("old\(CacheStore.entriesMax - 1)"))
        #expect(find() == step)
    }

    @Test func `the key of keys is made once, for its owner alone`() throws {
        let secret = try store.secret()
        #expect(secret.count == 32)
        #expect(try CacheStore(state: fixture.state).secret() == secret)
        var status = stat()
        stat(fixture.state.path + "/cache/.key", &status)
        #expect(status.st_mode & 0o077 == 0)
    }
}
