import Foundation
import Operations
import Testing

@Suite struct FailureLimitTests {
    private static let start = Date(timeIntervalSince1970: 1_795_521_600)

    @Test func theOneTooManyIsToldToWaitUntilTheWindowEnds() {
        var limit = FailureLimit(countMax: 3, window: .seconds(60))
        for _ in 0..<3 { #expect(limit.record("a", at: Self.start) == nil) }
        let end = Self.start.addingTimeInterval(60)
        #expect(limit.record("a", at: Self.start.addingTimeInterval(1)) == end)
        #expect(limit.record("a", at: Self.start.addingTimeInterval(59)) == end)
        #expect(limit.record("b", at: Self.start.addingTimeInterval(59)) == nil)
        #expect(limit.record("a", at: end) == nil)
    }

    @Test func memoryIsBounded() {
        var limit = FailureLimit(countMax: 1, window: .seconds(60), clientsMax: 100)
        for index in 0..<1000 {
            _ = limit.record("c\(index)", at: Self.start.addingTimeInterval(Double(index) / 1000))
            #expect(limit.clientCount <= 100)
        }
        // The newest is remembered.
        #expect(limit.record("c999", at: Self.start.addingTimeInterval(2)) != nil)
    }
}
