import Foundation
import Testing

@testable import Server

/// RFC 8259 as tables: what is JSON is read as what it says, and what is none is refused.
@Suite struct JSONTreeReaderTests {
    private static func read(_ text: String) throws(JSONTreeFault) -> JSONTree {
        try JSONTreeReader.read(Data(text.utf8))
    }

    @Test(
        arguments: [
            ("null", .null), (" true\r\n", .bool(true)), ("\tfalse", .bool(false)), ("\u{FEFF}5", .integer(5)),
            ("0", .integer(0)), ("-0", .integer(0)), ("-12", .integer(-12)), ("1.0", .integer(1)),
            ("1e2", .integer(100)),
            ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
            ("9223372036854775808", .number(9.223372036854775808e18)), ("1.5", .number(1.5)),
            ("-2.5E-1", .number(-0.25)),
            ("25e-2", .number(0.25)), ("1e-999", .integer(0)), ("9007199254740992.0", .integer(9_007_199_254_740_992)),
            ("18446744073709552.5", .number(18_446_744_073_709_552)), ("1e18", .number(1e18)),
            (#""""#, ""), (#""a\"\\\/\b\f\n\r\tz""#, "a\"\\/\u{8}\u{C}\n\r\tz"), (#""ü\u00fc€\u20AC""#, "üü€€"),
            (#""\ud83d\uDE00😀""#, "😀😀"),
            (#""\né\\\"é\t""#, "\né\\\"é\t"), (#""\u00e9\u00E9""#, "éé"), (#""\u0000""#, "\u{0}"),
            ("\"\u{7F}\u{2028}\"", "\u{7F}\u{2028}"),
            ("[]", []), ("[ ]", []), ("[1, [2 ] ,{ } ]", [1, [2], [:]]), ("{ }", [:]),
            (#"{"a":{"b":[null]} , "":0}"#, ["a": ["b": [.null]], "": 0]),
        ] as [(String, JSONTree)])
    func whatIsJSONIsRead(text: String, tree: JSONTree) throws {
        #expect(try Self.read(text) == tree)
        // What is written again reads as the same.
        #expect(try JSONTreeReader.read(Data(tree.octets)) == tree)
    }

    @Test(arguments: [
        "", " ", "nul", "True", "nullx", "1 2", "01", "-", "-01", "+1", ".5", "1.", "1.e5", "1e", "1e+", "0x10", "NaN",
        "Infinity", "1e999", "-1e999", "[", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "]", "{", #"{"a""#, #"{"a":"#,
        #"{"a":1"#,
        #"{"a":1,}"#, #"{,"a":1}"#, #"{"a" 1}"#, "{a:1}", "{1:1}", #"{"a":1]"#, #"""#, #""a"#, #""\"#, #""\x""#,
        #""\u12""#,
        #""\u123g""#, #""\ud83d""#, #""\ude00""#, #""\ud83d\u0041""#, #""\ud83dx""#, "\"a\nb\"", "\"\u{1F}\"", "'a'",
        "/* */ 1", "\u{FEFF}\u{FEFF}1", "\u{A0}1",
    ])
    func whatIsNoneIsRefused(text: String) {
        #expect(throws: JSONTreeFault.malformed) { try Self.read(text) }
    }

    @Test func octetsThatAreNotUTF8AreRefused() {
        for octets: [UInt8] in [
            // The last: one character, cut by an escape.
            [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0x5C, 0x6E, 0xED, 0xA0, 0x80, 0x22], [0x31, 0x00],
            [0x22, 0xC3, 0x5C, 0x6E, 0xA9, 0x22],
        ] {
            #expect(throws: JSONTreeFault.malformed) { try JSONTreeReader.read(Data(octets)) }
        }
    }

    @Test(arguments: [
        (#"{"a":1,"a":1}"#, "a"), (#"{"a":1,"\u0061":2}"#, "a"), (#"{"a":[1,{"b":{"c":1,"d":2,"c":3}}]}"#, "a[1].b.c"),
        (#"[[{"a":1,"a":1}]]"#, "[0][0].a"), ("{\"\u{E9}\":1,\"e\u{301}\":1}", "e"),
    ])
    func aMemberThatStandsTwiceIsNamed(text: String, name: String) {
        #expect(throws: JSONTreeFault.repeatedMember(name)) { try Self.read(text) }
    }

    @Test func eachBoundIsHeld() throws {
        let deep = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        _ = try Self.read(deep)
        #expect(throws: JSONTreeFault.tooLarge("values more than 64 deep")) { try Self.read("[\(deep)]") }
        let many = "[" + Array(repeating: "0", count: 9999).joined(separator: ",")
        _ = try Self.read(many + "]")
        #expect(throws: JSONTreeFault.tooLarge("more than 10000 values")) { try Self.read(many + ",0]") }
        _ = try JSONTreeReader.read(Data((many + ",0]").utf8), bounds: .own)
        let marks = String(repeating: "\u{323}\u{301}", count: 64)
        _ = try Self.read("[\"a\(marks)\", \"\(marks)a\(marks)\"]")
        #expect(throws: JSONTreeFault.self) { try Self.read("\"a\(marks)\u{301}\"") }
        let escaped = String(repeating: #"\u0323\u0301"#, count: 64)
        _ = try Self.read("\"a\(escaped)\"")
        #expect(throws: JSONTreeFault.self) { try Self.read("\"a\(escaped)\u{301}\"") }
    }

    /// The same value has the same octets, whatever order its members were put in.
    @Test func whatIsWrittenHasOneForm() {
        let tree: JSONTree = [
            "b": ["z": .null, "a": .bool(true)],
            "a_b": [.integer(-1), .number(1e20), .number(0.1), "\u{1F}\u{7F}\"/é"],
            "a": .bool(false), "": [],
        ]
        let text = #"{"":[],"a":false,"a_b":[-1,1e+20,0.1,"\u001f\#u{7F}\"/é"],"b":{"a":true,"z":null}}"#
        #expect(String(decoding: tree.octets, as: UTF8.self) == text)
    }

    /// A message that somebody else wrote is told in our answers: no bound on what clients send may make one fail.
    @Test func whatIsWrittenHereIsReadWithoutBounds() throws {
        let marked = "a" + String(repeating: "\u{301}", count: 200)
        let name = String(repeating: "n", count: 300)
        #expect(try JSONTree(of: ["subject": marked, name: ""]) == .object(["subject": .text(marked), name: ""]))
        let many = Array(repeating: 0, count: 10_001)
        #expect(try JSONTree(of: many) == .list(many.map { .integer(Int64($0)) }))
        let deep = (0..<70).reduce(JSONTree.null) { tree, _ in [tree] }
        #expect(try JSONTree(of: deep) == deep)
        let number = "1" + String(repeating: "0", count: 256) + ".5"
        _ = try JSONTreeReader.read(Data(number.utf8), bounds: .own)
    }
}
