extension YAMLFault {
    var advice: String? {
        switch self {
        case .tooLarge: "keep data in files of its own, and let the steps read them"
        case .notUTF8, .otherEncoding: "save the file as UTF-8"
        case .controlCharacter: "write it as an escape in a double-quoted text: \"\\x1b\""
        case .byteOrderMark: "remove it"
        case .tabInIndentation: "indent with spaces"
        case .tooDeep: nil
        case .anchor, .alias: "write the value out, or quote the text if the sign belongs to it"
        case .tag: "remove it, or quote the text: types are read from how a value is written"
        case .mergeKey: "write the keys out, or use `defaults:` for what all steps share"
        case .directive: "remove the line"
        case .severalDocuments: "write one file for each pipeline"
        case .duplicateKey: "remove one of the two"
        case .complexKey, .multilineKey, .longKey: "write `key: value`"
        case .emptyKey: "write the key, or quote the text if the colon belongs to it"
        case .missingColon: "write `key: value`, or check the indentation"
        case .missingSpaceAfterColon: "write `key: value`"
        case .nestedInline: "quote the text if the colon belongs to it, or check the indentation"
        case .sequenceInline: "begin the list on the next line, or write it in brackets: [a, b]"
        case .badIndentation: "align it with the line it belongs to"
        case .itemInMapping: "indent the list deeper than its key, or remove the `-`"
        case .contentAfterDocument, .contentAfterValue:
            "quote the whole text, or check the indentation"
        case .reserved: "quote the text"
        case .unclosedQuote: "close it, and indent its further lines deeper than the key"
        case .unclosedBracket: "close it, and indent its lines deeper than the key"
        case .strayBracket: "remove it, or quote the text"
        case .missingComma: "separate entries with commas; quote a text that holds brackets"
        case .strayComma: "remove one of the commas"
        case .blockScalarInFlow: "use a quoted text"
        case .blockScalarHeader: "begin the text on the next line"
        case .blockScalarIndentation: "remove the spaces of the empty line"
        case .unknownEscape: "write a backslash as `\\\\`, or use single quotes"
        case .badCodePoint: "write the character itself"
        case .nulCharacter: "leave it out"
        }
    }
}
