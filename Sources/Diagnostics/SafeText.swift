/// Makes text from a file safe to show on a terminal, and measures it in cells.
package enum SafeText {
    private static let tabStop = 4

    /// Control, invisible and direction-changing characters as `\u{…}`: shown as they are, they could forge a line of
    /// output or reorder it.
    package static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isUnseen) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            result += isUnseen(scalar) ? escape(scalar) : String(scalar)
        }
        return result
    }

    /// One scalar as drawn at a cell, and how many cells it takes.
    static func drawn(_ scalar: Unicode.Scalar, atCell cell: Int) -> (text: String, cells: Int) {
        if scalar.value >= 0x20, scalar.value < 0x7F { return (String(scalar), 1) }
        if scalar == "\t" {
            let cells = tabStop - cell % tabStop
            return (String(repeating: " ", count: cells), cells)
        }
        if isUnseen(scalar) {
            let text = escape(scalar)
            return (text, text.utf8.count)
        }
        return (String(scalar), cells(of: scalar))
    }

    /// `\u{…}`.
    package static func escape(_ scalar: Unicode.Scalar) -> String {
        "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
    }

    /// Whether it draws nothing by itself, or changes how others are drawn: what `escaped` escapes.
    package static func isUnseen(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.value >= 0x20, scalar.value < 0x7F { return false }
        // Fillers, joiners and variation selectors that are letters or marks by category, and draw nothing all the same.
        if scalar.properties.isDefaultIgnorableCodePoint { return true }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: return true
        default: return false
        }
    }

    /// Unicode Standard Annex 11, wide and full-width blocks; combining marks take none.
    private static func cells(of scalar: Unicode.Scalar) -> Int {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return 0
        default: break
        }
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF,
            0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF,
            0x1F900...0x1FAFF, 0x20000...0x3FFFD:
            return 2
        default: return 1
        }
    }
}
