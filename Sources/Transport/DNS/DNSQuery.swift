import DNS

/// One question on its way to its reply, over as many tries as it needs.
struct DNSQuery {
    let batch: DNSBatch
    let index: Int
    /// Tries that were made and failed, over the transport in use.
    var tries = 0
    var isOverTCP = false
    /// The server has refused it with EDNS.
    var isWithoutExtensions = false
    /// Why the last try failed.
    var failure = QueryFailure.timedOut

    init(batch: DNSBatch, index: Int) {
        self.batch = batch
        self.index = index
    }

    var question: ServerQuestion { batch.questions[index] }
}

/// First in, first out, without moving what remains.
struct FirstInFirstOut<Element> {
    private var items: [Element?] = []
    private var head = 0

    var isEmpty: Bool { head == items.count }
    var count: Int { items.count - head }
    var first: Element? { head < items.count ? items[head] : nil }

    mutating func append(_ item: Element) { items.append(item) }

    mutating func popFirst() -> Element? {
        guard head < items.count else { return nil }
        let item = items[head]
        items[head] = nil
        head += 1
        if head == items.count {
            items.removeAll(keepingCapacity: true)
            head = 0
        } else if head >= 4096, head * 2 >= items.count {
            items.removeFirst(head)
            head = 0
        }
        return item
    }
}
