/// Why a request was refused: the status of the answer, and what to tell the client.
package struct HTTPFailure: Error, Hashable, Sendable {
    package var status: Int
    package var detail: String

    package init(_ status: Int, _ detail: String) {
        self.status = status
        self.detail = detail
    }
}
