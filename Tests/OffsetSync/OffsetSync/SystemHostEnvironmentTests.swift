import Glibc
import OffsetSync
import TestSupport
import Testing

@Suite(.waits) struct SystemHostEnvironmentTests {
  /// A second SIGTERM, as the kubelet sends it when a pod's deletion is asked for again, would
  /// otherwise give up every request of the last store.
  @Test func secondSignalIsIgnored() {
    var before = sigset_t()
    pthread_sigmask(SIG_BLOCK, nil, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    let host = SystemHostEnvironment()
    #expect(!host.isStopRequested)
    pthread_kill(pthread_self(), SIGTERM)
    #expect(host.isStopRequested)
    #expect(host.wait(until: .zero) == .stop)
    pthread_kill(pthread_self(), SIGTERM)
    #expect(!host.isStopRequested)
    // Taken away, lest it end the process of the tests.
    #expect(host.wait(until: .zero) == .stop)
  }
}
