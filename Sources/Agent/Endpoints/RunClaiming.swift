import Pipeline
import Transport

extension AgentDesk {
    /// What is to be done about a request for a run.
    enum Claiming {
        /// Nobody asked so before: the run is begun, under the claim if the request had a key.
        case begin(RequestClaim?)
        case answer(HTTPResponse)
    }

    /// Finds out whether a request was sent before; `content` stands for all that it asks for.
    func claim(_ key: IdempotencyKey?, _ content: RequestDigest) -> Claiming {
        guard let key else { return .begin(nil) }
        switch requests.find(RequestIdentity(key: key.digest, content: content)) {
        case .new(let claim): return .begin(claim)
        case .answered(let answer): return .answer(.accepted(answer.run, answer.trace))
        case .otherContent: return .answer(.keyOfAnother)
        case .underWay: return .answer(.keyUnderWay)
        }
    }
}

extension HTTPResponse {
    fileprivate static let keyOfAnother = problem(
        status: 422,
        detail: "this Idempotency-Key was used for another pipeline or other parameters: "
            + "a new request needs a new key"
    )

    fileprivate static let keyUnderWay = problem(
        status: 409,
        detail: "the first request with this Idempotency-Key is still being answered: ask again",
        headers: ["Retry-After": "1"]
    )
}
