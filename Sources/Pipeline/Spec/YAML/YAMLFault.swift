/// What the reader refuses: what is no YAML, and what is YAML but outside the strict subset.
enum YAMLFault: SpecFault, Equatable {
    case tooLarge(Int)
    case notUTF8
    case otherEncoding
    case controlCharacter(UInt32)
    case byteOrderMark
    case tabInIndentation
    case tooDeep
    case anchor(String)
    case alias(String)
    case tag(String)
    case mergeKey
    case directive
    case severalDocuments
    case duplicateKey(String, SourcePlace)
    case complexKey
    case emptyKey
    case longKey
    case multilineKey
    case missingColon(String)
    case missingSpaceAfterColon(String)
    case nestedInline
    case sequenceInline
    case badIndentation
    case itemInMapping
    case contentAfterDocument
    case contentAfterValue
    case reserved(Character)
    case unclosedQuote
    case unclosedBracket(Character)
    case strayBracket(Character)
    case missingComma
    case strayComma
    case blockScalarInFlow
    case blockScalarHeader
    case blockScalarIndentation
    case unknownEscape(String)
    case badCodePoint
    case nulCharacter
}

/// A fault that ends the reading, and where it is.
struct YAMLError: Error {
    let fault: YAMLFault
    let offset: Int
}

extension YAMLFault {
    var message: String {
        if let message = subsetMessage ?? structureMessage { return message }
        return textMessage
    }

    /// YAML, but not of the subset.
    private var subsetMessage: String? {
        switch self {
        case .anchor(let name): "anchors are not allowed: \(quoted("&" + name))"
        case .alias(let name): "aliases are not allowed: \(quoted("*" + name))"
        case .tag(let name): "tags are not allowed: \(quoted(name))"
        case .mergeKey: "merge keys (`<<`) are not allowed"
        case .directive: "directives (`%`) are not allowed"
        case .severalDocuments: "a second document begins here; a file is one document"
        case .duplicateKey(let key, let first):
            "the key \(quoted(key)) is given twice; it stands in line \(first.line) already"
        case .complexKey: "a key must be a plain or quoted text on one line"
        case .emptyKey: "a key is missing before this colon"
        case .longKey: "this key is longer than \(Limits.specKeyBytes) bytes"
        case .multilineKey: "a key must stand on one line"
        default: nil
        }
    }

    private var structureMessage: String? {
        switch self {
        case .tabInIndentation: "a tab is used for indentation"
        case .tooDeep: "this is nested deeper than \(Limits.specDepth) levels"
        case .missingColon(let text): "\(quoted(text)) is neither a key nor part of a value"
        case .missingSpaceAfterColon(let text):
            "a space is missing after the colon of \(quoted(text))"
        case .nestedInline: "a `key: value` cannot begin inside this value"
        case .sequenceInline: "a list cannot begin on the line of its key"
        case .badIndentation: "this line's indentation fits none of the levels above it"
        case .itemInMapping: "a list item stands among the keys of a map"
        case .contentAfterDocument: "this does not belong to the document above"
        case .contentAfterValue: "there is more text after the end of the value"
        case .unclosedQuote: "this quotation is not closed"
        case .unclosedBracket(let bracket): "this `\(bracket)` is not closed"
        case .strayBracket(let bracket): "this `\(bracket)` closes nothing"
        case .missingComma: "a comma or the closing bracket is missing before this"
        case .strayComma: "an entry is missing before this comma"
        default: nil
        }
    }

    private var textMessage: String {
        switch self {
        case .tooLarge(let bytes): "the file has \(bytes) bytes; the limit is \(Limits.specBytes)"
        case .notUTF8: "the file is not valid UTF-8 from here on"
        case .otherEncoding: "the file is encoded in UTF-16 or UTF-32"
        case .controlCharacter(let value):
            "the control character U+\(String(value, radix: 16, uppercase: true)) is not allowed"
        case .byteOrderMark: "a byte order mark may stand at the beginning of the file only"
        case .reserved(let character): "a plain text cannot begin with `\(character)`"
        case .blockScalarInFlow: "a block text (`|`, `>`) cannot stand inside brackets"
        case .blockScalarHeader: "after `|` or `>` come only an indentation digit, `-` or `+`"
        case .blockScalarIndentation:
            "an empty line at the beginning is indented deeper than the text"
        case .unknownEscape(let escape): "\(quoted(escape)) is no escape of a double-quoted text"
        case .badCodePoint: "this escape names no character"
        case .nulCharacter: "a text cannot hold NUL: neither arguments nor variables could carry it"
        default: "this cannot be read"
        }
    }
}
