/// Counts the items of a request in protobuf's wire format; it allocates nothing for an item.
struct ProtobufCount {
    private let signal: OTLPSignal
    private let names: [String]
    private let ids: [OTLPShape.ID]

    init(of signal: OTLPSignal) {
        self.signal = signal
        names = OTLPShape(of: signal).protoPath
        ids = OTLPShape.ids(of: signal)
    }

    func items(in bytes: [UInt8]) throws(OTLPFault) -> Int {
        try items(in: ProtobufReader(bytes), level: 0)
    }

    /// As deep as the path to an item is long.
    private func items(in message: ProtobufReader, level: Int) throws(OTLPFault) -> Int {
        var message = message
        var count = 0
        while let field = try message.next() {
            guard field.number == OTLPShape.numbers[level] else { continue }
            let inner = try message.message(in: field, called: names[level])
            if level + 1 < OTLPShape.numbers.count {
                count += try items(in: inner, level: level + 1)
            } else {
                count += try item(inner, at: field.offset)
            }
        }
        return count
    }

    private func item(_ item: ProtobufReader, at offset: Int) throws(OTLPFault) -> Int {
        if signal == .metrics { return try points(in: item) }
        var item = item
        // A bit for each id that the item has.
        var found = 0
        while let field = try item.next() {
            guard let index = ids.firstIndex(where: { $0.number == field.number }) else { continue }
            if try isID(field, ids[index], in: item.bytes) { found |= 1 << index }
        }
        for (index, id) in ids.enumerated() where id.isRequired && found & 1 << index == 0 {
            throw OTLPFault(.id(id.name, bytes: id.bytes), at: offset)
        }
        return 1
    }

    /// An id that need not be there may be empty, and only then all zero.
    private func isID(
        _ field: ProtobufReader.Field,
        _ id: OTLPShape.ID,
        in bytes: [UInt8]
    ) throws(OTLPFault) -> Bool {
        if field.type == .bytes, field.payload.isEmpty, !id.isRequired { return false }
        guard field.type == .bytes, field.payload.count == id.bytes,
            field.payload.contains(where: { bytes[$0] != 0 })
        else { throw OTLPFault(.id(id.name, bytes: id.bytes), at: field.offset) }
        return true
    }

    private func points(in metric: ProtobufReader) throws(OTLPFault) -> Int {
        var metric = metric
        var count = 0
        while let field = try metric.next() {
            guard let kind = OTLPShape.data.first(where: { $0.number == field.number }) else {
                continue
            }
            var data = try metric.message(in: field, called: kind.name)
            while let field = try data.next() {
                guard field.number == OTLPShape.dataPoints.number else { continue }
                var point = try data.message(in: field, called: "data_points")
                while try point.next() != nil {}
                count += 1
            }
        }
        return count
    }
}
