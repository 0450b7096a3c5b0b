/// The sockets that a server listens on; closed with it.
struct ListenerList: ~Copyable {
    // A class each, because arrays do not hold what cannot be copied.
    private final class Box: Sendable {
        let socket: ListeningSocket

        init(_ socket: consuming ListeningSocket) {
            self.socket = socket
        }
    }

    private var boxes: [Box] = []

    init(
        _ addresses: [SocketAddress],
        inherited: [InheritedSocket] = []
    ) throws(SystemError) {
        boxes = inherited.map { Box(ListeningSocket($0)) }
        for address in addresses { boxes.append(Box(try ListeningSocket(address))) }
    }

    var count: Int { boxes.count }
    var addresses: [SocketAddress] { boxes.map { $0.socket.address } }

    func number(_ index: Int) -> Int32 { boxes[index].socket.descriptor.number }

    mutating func removeAll() { boxes = [] }
}
