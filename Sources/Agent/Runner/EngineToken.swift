/// What an epoll event is about.
enum Token {
    static let signals = UInt64.max
    static let inbox = UInt64.max - 1
    static let alarm = UInt64.max - 2
    static let ping = UInt64.max - 3
    static let flow = UInt64.max - 4
    static let cache = UInt64.max - 5
}
