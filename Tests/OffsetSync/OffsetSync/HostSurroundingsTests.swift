import Glibc
import OffsetSync
import Testing

@Suite struct HostSurroundingsTests {
  /// A second SIGTERM, as the kubelet sends it when a pod's deletion is asked for again, would
  /// otherwise give up every request of the last store.
  @Test func onlyTheFirstSignalIsARequestToStop() {
    var before = sigset_t()
    pthread_sigmask(SIG_BLOCK, nil, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    let surroundings = HostSurroundings()
    #expect(!surroundings.isStopRequested)
    pthread_kill(pthread_self(), SIGTERM)
    #expect(surroundings.isStopRequested)
    #expect(surroundings.wait(until: .zero) == .stop)
    pthread_kill(pthread_self(), SIGTERM)
    #expect(!surroundings.isStopRequested)
    // Taken away, lest it end the process of the tests.
    #expect(surroundings.wait(until: .zero) == .stop)
  }
}
