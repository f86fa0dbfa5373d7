import Testing

@testable import Server

/// So many calls at once, so many that wait, in their order.
@Suite struct CallsInFlightTests {
    private static func call(_ id: Int64, octets: Int = 10, canBeCancelled: Bool = true) -> CallsInFlight.Call {
        CallsInFlight.Call(
            message: .notification, id: .integer(id), octets: octets, canBeCancelled: canBeCancelled)
    }

    @Test func whatIsBeyondWaitsAndWhatIsBeyondThatIsRefused() {
        let calls = CallsInFlight(workersMax: 2, waitingMax: 2, octetsMax: 25)
        #expect((1...5).map { calls.admit(Self.call($0)) } == [.begin, .begin, .waits, .waits, .refused])
        #expect(calls.next()?.id == 3)
        #expect(calls.admit(Self.call(6, octets: 16)) == .refused)
        #expect(calls.admit(Self.call(7, octets: 15)) == .waits)
        #expect(calls.next()?.id == 4)
        #expect(calls.next()?.id == 7)
        #expect(calls.next() == nil && calls.next() == nil)
        #expect((8...10).map { calls.admit(Self.call($0)) } == [.begin, .begin, .waits])
    }

    @Test func whatWaitsCanBeCancelled() {
        let calls = CallsInFlight(workersMax: 1, waitingMax: 2, octetsMax: 20)
        #expect((1...3).map { calls.admit(Self.call($0)) } == [.begin, .waits, .waits])
        calls.cancel("2")
        calls.cancel(2)
        #expect(calls.admit(Self.call(4)) == .waits)
        #expect([calls.next()?.id, calls.next()?.id] == [3, 4])
        #expect(calls.next() == nil)
    }

    @Test func whatIsWorkedOnIsAnsweredUnlessItWasCancelled() async {
        let calls = CallsInFlight(workersMax: 1, waitingMax: 1, octetsMax: 10)
        let task = Task<MCPProtocol.Reply?, Never> { nil }
        calls.began(1, task)
        calls.began("1", task)
        calls.cancel(1)
        #expect(!calls.ended(1) && calls.ended("1"))
        #expect(task.isCancelled)
    }

    /// Between a worker's taking it and the task's beginning.
    @Test func whatIsAboutToBeginCanBeCancelled() {
        let calls = CallsInFlight(workersMax: 1, waitingMax: 2, octetsMax: 30)
        #expect((1...2).map { calls.admit(Self.call($0)) } == [.begin, .waits])
        #expect(calls.admit(Self.call(3, canBeCancelled: false)) == .waits)
        let tasks = (1...2).map { _ in Task<MCPProtocol.Reply?, Never> { nil } }
        calls.cancel(1)
        calls.began(1, tasks[0])
        #expect(calls.next()?.id == 2)
        calls.cancel(2)
        calls.began(2, tasks[1])
        #expect(tasks.map(\.isCancelled) == [true, true])
        #expect(!calls.ended(1) && !calls.ended(2))
        // One that has to be answered is.
        #expect(calls.next()?.id == 3)
        calls.cancel(3)
        #expect(calls.ended(3))
    }
}
