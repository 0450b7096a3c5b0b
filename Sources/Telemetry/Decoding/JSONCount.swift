import Pipeline

/// Counts the items of a request in OTLP/JSON.
struct JSONCount {
    private let signal: OTLPSignal
    private let shape: OTLPShape
    private let ids: [OTLPShape.ID]

    init(of signal: OTLPSignal) {
        self.signal = signal
        shape = OTLPShape(of: signal)
        ids = OTLPShape.ids(of: signal)
    }

    func items(in bytes: [UInt8], depth: Int) throws(OTLPFault) -> Int {
        do {
            let limits = JSONLimits(bytes: bytes.count, depth: depth)
            var reader = try JSONReader(bytes, limits: limits)
            let count = try items(&reader, level: 0)
            try reader.finish()
            return count
        } catch let error as JSONError {
            throw OTLPFault(error)
        } catch let fault as OTLPFault {
            throw fault
        } catch {
            throw OTLPFault(.unexpectedEnd, at: 0)
        }
    }

    private func items(_ reader: inout JSONReader, level: Int) throws -> Int {
        var count = 0
        let offset = reader.offset
        if level == shape.path.count { return try item(&reader, at: offset) }
        try reader.beginObject()
        while let key = try reader.nextKey() {
            if key == shape.path[level] {
                count += try elements(&reader) { try items(&$0, level: level + 1) }
            } else if key == shape.protoPath[level] {
                throw OTLPFault(.snakeCase(key), at: reader.offset)
            } else {
                try reader.skipValue()
            }
        }
        return count
    }

    /// The sum over a list, which may be `null` as well (proto3 JSON: unset).
    private func elements(
        _ reader: inout JSONReader,
        _ body: (inout JSONReader) throws -> Int
    ) throws -> Int {
        if try reader.takeNull() { return 0 }
        var count = 0
        try reader.beginArray()
        while try reader.nextElement() { count += try body(&reader) }
        return count
    }

    private func item(_ reader: inout JSONReader, at offset: Int) throws -> Int {
        var count = signal == .metrics ? 0 : 1
        var found = 0
        try reader.beginObject()
        while let key = try reader.nextKey() {
            if let index = ids.firstIndex(where: { $0.name == key }) {
                if try isID(&reader, ids[index]) { found |= 1 << index }
            } else if signal == .metrics, OTLPShape.data.contains(where: { $0.name == key }) {
                count += try points(&reader)
            } else {
                try reader.skipValue()
            }
        }
        for (index, id) in ids.enumerated() where id.isRequired && found & 1 << index == 0 {
            throw OTLPFault(.id(id.name, bytes: id.bytes), at: offset)
        }
        return count
    }

    /// Ids are hexadecimal, unlike other bytes of proto3 JSON, in either case.
    private func isID(_ reader: inout JSONReader, _ id: OTLPShape.ID) throws -> Bool {
        if try reader.takeNull() { return false }
        let offset = reader.offset
        let text = try reader.string().utf8
        if text.isEmpty, !id.isRequired { return false }
        let isHexadecimal = text.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
                UInt8(ascii: "A")...UInt8(ascii: "F"):
                true
            default: false
            }
        }
        guard isHexadecimal, text.count == 2 * id.bytes,
            text.contains(where: { $0 != UInt8(ascii: "0") })
        else { throw OTLPFault(.id(id.name, bytes: id.bytes), at: offset) }
        return true
    }

    private func points(_ reader: inout JSONReader) throws -> Int {
        if try reader.takeNull() { return 0 }
        var count = 0
        try reader.beginObject()
        while let key = try reader.nextKey() {
            guard key == OTLPShape.dataPoints.name else {
                try reader.skipValue()
                continue
            }
            count += try elements(&reader) { reader in
                try reader.beginObject()
                while try reader.nextKey() != nil { try reader.skipValue() }
                return 1
            }
        }
        return count
    }
}
