/// Works on many items with no more than `limit` under way, and keeps their order.
package func parallelMap<Item: Sendable, Result: Sendable>(
    _ items: [Item], limit: Int, _ work: @escaping @Sendable (Item) async -> Result
) async -> [Result] {
    await withTaskGroup(of: (Int, Result).self) { group in
        var results = [Result?](repeating: nil, count: items.count)
        var next = 0
        while next < min(items.count, limit) {
            let (index, item) = (next, items[next])
            group.addTask { (index, await work(item)) }
            next += 1
        }
        for await (index, result) in group {
            results[index] = result
            guard next < items.count else { continue }
            let (following, item) = (next, items[next])
            group.addTask { (following, await work(item)) }
            next += 1
        }
        return results.map { $0! }
    }
}
