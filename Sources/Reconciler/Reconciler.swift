public import FilelogKubernetesAPI

/// Brings the objects of a release in a cluster into the state that manifests describe, by
/// server-side apply, and removes those that are no longer wanted. For one thread.
///
/// Offsets are never touched: what an apply writes to an offsets map is its labels, refused by the
/// server unless the map is exactly the one whose owners were looked at before.
public final class Reconciler {
  /// Whose objects it looks after.
  public let scope: ReleaseScope
  let client: KubernetesClient
  var host: HostEnvironment
  let report: (Event) -> Void
  /// How often a request is sent that may succeed later.
  var attempts = 5
  /// Whether objects that are as they should be are worth a line.
  var saysUnchanged = true
  /// Whether a note is reported only the first time.
  var saysNotesOnce = false
  var knownFacts: ClusterFacts?
  private var saidNotes: Set<String> = []

  /// A reconciler that tells `report` what happens, in order.
  public init(
    _ client: KubernetesClient, _ scope: ReleaseScope, _ host: HostEnvironment,
    report: @escaping (Event) -> Void
  ) {
    self.client = client
    self.scope = scope
    self.host = host
    self.report = report
    client.onWarning = { [weak self] in self?.say(.warning($0)) }
  }

  func say(_ event: Event) {
    switch event {
    case .object(_, .unchanged, _) where !saysUnchanged: return
    case .note(let note) where saysNotesOnce && !saidNotes.insert(note.text).inserted: return
    // A dry run and the write after it bring the same.
    case .warning(let text) where !saidNotes.insert(text).inserted: return
    default: report(event)
    }
  }

  /// Sends a request again while that may help: all of them can be sent twice without harm.
  func attempt<Value>(
    _ body: () throws(KubernetesError) -> Value
  ) throws(KubernetesError) -> Value {
    var backoff = Backoff(
      initial: .milliseconds(250), cap: .seconds(5), longestRequestedWait: .seconds(30))
    for _ in 1..<max(attempts, 1) {
      let start = host.now()
      do {
        return try body()
      } catch {
        guard case .retryable(let requested) = error.retryAdvice, !error.isCancelled,
          !host.isStopRequested()
        else { throw error }
        if host.now() - start > .seconds(10) { say(.note(Message("\(error); trying again"))) }
        let wait = backoff.next(notBefore: requested, using: &host.random)
        host.wait(wait)
      }
    }
    return try body()
  }

  /// - Throws: when the caller wants to stop.
  func checkStop() throws(ReconcileFailure) {
    guard host.isStopRequested() else { return }
    throw ReconcileFailure(["stopped"], isLasting: false, isStop: true)
  }
}
