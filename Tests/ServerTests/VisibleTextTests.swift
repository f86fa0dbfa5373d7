import Testing

@testable import Server

/// What draws nothing, turns directions or passes for something else is marked; what is harmless is not.
@Suite struct VisibleTextTests {
    @Test(arguments: [
        "\u{202E}", "\u{2066}", "\u{200B}", "\u{FEFF}", "\u{AD}", "\u{1B}", "\u{7}", "\u{0}", "\u{E0041}", "\u{2028}",
        "\u{34F}", "\u{115F}",
    ])
    func unseenCharactersAreMarked(character: String) throws {
        let scalar = try #require(character.unicodeScalars.first)
        for kind in [VisibleText.Kind.line, .address, .body] {
            let text = VisibleText("a\(character)b", kind)
            #expect(text.runs == [.plain("a"), .unseen(scalar), .plain("b")], "\(scalar.value)")
            let html = text.markup.html
            #expect(!html.unicodeScalars.contains(scalar))
            #expect(html.contains("\\u{\(String(scalar.value, radix: 16, uppercase: true))}"))
        }
    }

    @Test func linesAndTabsOfABodyStand() {
        #expect(VisibleText("a\tb\nc", .body).runs == [.plain("a\tb\nc")])
        #expect(VisibleText("a\nb").runs == [.plain("a"), .unseen("\n"), .plain("b")])
    }

    /// The letters of each word that are marked.
    @Test(
        arguments: [
            ("p\u{430}ypal", "\u{430}"), ("\u{440}\u{430}\u{443}\u{440}al", "\u{440}\u{430}\u{443}\u{440}"),
            ("\u{430}\u{440}\u{440}\u{4CF}\u{435}", "\u{430}\u{440}\u{440}\u{4CF}\u{435}"),
            ("g\u{3BF}\u{3BF}gle", "\u{3BF}\u{3BF}"),
            ("\u{FF50}ay", "\u{FF50}"), ("\u{1D4DF}ay", "\u{1D4DF}"), ("a\u{2024}b", "\u{2024}"),
            // Words of one language are left alone.
            ("Москва", ""), ("Ελλάδα", ""), ("grün", ""), ("日本", ""), ("שלום", ""), ("да, оно и не", ""), ("naïve", ""),
            ("№ ™", ""),
            // Letters of phonetics, small capitals, numerals, and other scripts beside Latin ones.
            ("\u{261}oogle", "\u{261}"), ("p\u{251}ypa\u{217C}", "\u{251}\u{217C}"), ("\u{2CA3}aypal", "\u{2CA3}"),
            ("\u{1D18}aypal", "\u{1D18}"), ("\u{1D04}ode", "\u{1D04}"),
            ("\u{A4D3}og", "\u{A4D3}"), ("\u{13DA}ole", "\u{13DA}"), ("g\u{585}ogle", "\u{585}"),
            ("b\u{212F}e", "\u{212F}"), ("\u{1D18}\u{1D00}\u{28F}", "\u{1D18}\u{1D00}\u{28F}"),
            ("Chapter \u{2163}, 1\u{1D49}\u{2B3}", ""), ("ⲁⲃⲅ ꓐꓑ Հայաստան", ""),
            // Links in a text are addresses; words beside them are not.
            ("see https://bücher.example/größe, schön", "üö\u{DF}"), ("schön: josé@x.test!", "é"),
            ("www.bücher.example schön", "ü"), ("<a href=\"https://ü.test\">schön</a>", "ü"),
            ("詳細はhttps://x.testをご覧ください", ""), ("@josé, so schön.", ""), ("z.B. Größe", ""), ("Straße.pdf", ""),
            ("bücher.example", ""),
            // Letters of living alphabets, except in what is looked up.
            ("Sayın Yılmaz, toplantı yarın", ""), ("Azərbaycan", ""), ("ɓaɗi Ɛwɛ kɔ", ""), ("\u{131}taly", ""),
            ("\u{131}taly.com", "\u{131}"), ("https://\u{131}taly.test", "\u{131}"), ("x@az\u{259}r.test", "\u{259}"),
            // Without a scheme it may be a file's name or the end of a sentence, and its script is not hidden.
            ("см. отчёт.pdf", ""), ("договор.docx", ""), ("έγγραφο.pdf", ""), ("Готово.Thanks", ""), ("рф.com", ""),
            ("договор_final.docx", ""), ("\u{441}\u{435}.com", "\u{441}\u{435}"), ("с\u{435}ll.com", "с\u{435}"),
            ("раураӏ-pay.com", "раураӏ"), ("раураӏ．com/файл", "раураӏ．"), ("ааа.жж.com", "ааа"),
            // A link goes from its scheme to its end, and only what names have is marked in it.
            ("Сайт:https://x.test", ""), ("Straße:https://x.test", ""), ("Почта:ü@x.test", "ü"),
            ("詳細はhttps://x.test、または", ""), ("詳細はhttps://x.test。我々は", ""), ("https://x.test…", ""),
            ("https://x.test我々", ""), ("https://x\u{2044}p⒜y.test", "\u{2044}⒜"),
            ("https://x。evil.test", "。"), ("bank。test", "。"), ("www.bü.test/?u=https://x.test", "ü"),
            ("раур.com/?u=https://ü.test", "раурü"),
            // A word of such letters only, beside words that show their script.
            ("Γιατί και πώς; Ναι, ναι λέω", ""), ("город МОСКВА", ""), ("МОСКВА, Россия", ""),
            ("your МОСКВА account, ёж", "МОСКВА"), ("και", "και"), ("你好，世界。（测试）！～", ""), ("１２．３／Ａ", "１２．３／Ａ"),
        ] as [(String, String)])
    func lookalikesAreMarked(text: String, marked: String) {
        let found = VisibleText(text).runs.reduce(into: "") { result, run in
            if case .lookalike(let scalar) = run { result.unicodeScalars.append(scalar) }
        }
        #expect(found == marked, "\(text)")
        let body = VisibleText(text, .body).runs
        #expect(body == VisibleText(text).runs, "\(text)")
    }

    @Test func inAddressesEveryForeignLetterIsMarked() {
        #expect(VisibleText("bü@x.test", .address).runs == [.plain("b"), .lookalike("ü"), .plain("@x.test")])
        #expect(
            VisibleText(mailbox: "José <josé@x.test>").runs
                == [.plain("José "), .plain("<jos"), .lookalike("é"), .plain("@x.test"), .plain(">")])
        #expect(VisibleText(mailbox: "josé@x.test").hasMarks)
        // Bare addresses beside one in brackets, and names with a comma.
        for list in [
            "admın@x.test, Bob <bob@x.test>", "Bob <bob@x.test>, admın@x.test", "\"admın@x.test, Bob <bob@x.test>",
            "\"Bob, the\" <admın@x.test>", "Bob <bob@x.test> <admın@x.test>",
        ] {
            #expect(VisibleText(mailbox: list).hasMarks, "\(list)")
        }
        for list in ["Müller, José <jose@x.test>", "\"José, @home\" <jose@x.test>, bob@x.test"] {
            #expect(!VisibleText(mailbox: list).hasMarks, "\(list)")
        }
    }
}
