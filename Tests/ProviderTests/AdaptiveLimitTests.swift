import Testing

@testable import DNSProviders

private actor Count {
    var value = 0
    func add() { value += 1 }
}

@Suite("How many writes at once") struct AdaptiveLimitTests {
    /// How many can enter without anybody leaving: each further one would wait.
    private func room(_ limit: AdaptiveLimit) async -> Int {
        let entered = Count()
        let tasks = (0..<64).map { _ in
            Task {
                _ = await limit.enter()
                await entered.add()
            }
        }
        var last = -1
        // Those that may enter do so at once; the others would wait for ever.
        while await entered.value != last {
            last = await entered.value
            for _ in 0..<200 { await Task.yield() }
        }
        for _ in 0..<64 { await limit.leave(0, isOverloaded: false) }
        for task in tasks { await task.value }
        return last
    }

    @Test func startsWithOneAndGrowsWithEachSuccess() async {
        let limit = AdaptiveLimit(max: 8)
        #expect(await room(limit) == 1)
        #expect(await room(limit) == 8)
    }

    @Test func halvesWhereTheServerCannotKeepUp() async {
        let limit = AdaptiveLimit(max: 16)
        for _ in 0..<20 {
            await limit.leave(await limit.enter(), isOverloaded: false)
        }
        #expect(await room(limit) == 16)
        for _ in 0..<2 {
            await limit.leave(await limit.enter(), isOverloaded: true)
        }
        #expect(await room(limit) == 4)
        for _ in 0..<10 {
            await limit.leave(await limit.enter(), isOverloaded: true)
        }
        #expect(await room(limit) == 1)
    }

    @Test func aCrowdThatFailsTogetherHalvesOnce() async {
        let limit = AdaptiveLimit(max: 16)
        for _ in 0..<20 { await limit.leave(await limit.enter(), isOverloaded: false) }
        var crowd: [Int] = []
        for _ in 0..<8 { crowd.append(await limit.enter()) }
        for entered in crowd { await limit.leave(entered, isOverloaded: true) }
        #expect(await room(limit) == 8)
    }
}
