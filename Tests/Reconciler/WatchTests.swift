import DesiredState
import EmulatedAPIServer
import FilelogJSON
import FilelogKubernetesAPI
import TestSupport
import Testing

@testable import Reconciler

/// Time is virtual: the world changes while the watcher waits.
@Suite(.waits) struct WatchTests {
  /// Runs a watcher for so many waits; `script` is called before each, with their number from 1.
  private func watch(
    _ release: TestRelease, waits: Int, desired: (Int) throws -> [Manifest]? = { _ in nil },
    script: @escaping (Int) throws -> Void
  ) throws {
    var count = 0
    var failure: (any Error)?
    // The clock is the release's: what it holds would keep the release, and its server, alive.
    defer { release.clock.onWait = { _ in } }
    release.clock.onWait = { _ in
      count += 1
      do { try script(count) } catch { failure = error }
      if count >= waits || failure != nil { release.clock.isStopRequested = true }
    }
    try Watcher(release.reconciler(), ApplyOptions(), interval: .seconds(3)).run {
      count == 0 ? try TestRelease.manifests() : try desired(count)
    }
    release.clock.isStopRequested = false
    if let failure { throw failure }
  }

  @Test func watchReadsOnlyMetadataWithoutDrift() throws {
    let release = try TestRelease()
    try watch(release, waits: 5) { wait in
      if wait == 1 { _ = release.takeRequests() }
    }
    let requests = release.takeRequests()
    #expect(requests.count == 4 * 8)
    #expect(requests.allSatisfy { $0.verb == "get" })
    #expect(requests.map(\.responseBytes).max() ?? 0 < 8000)
  }

  @Test func watchRepairsDriftWithOneWrite() throws {
    let release = try TestRelease()
    try watch(release, waits: 3) { wait in
      _ = release.takeRequests().filter(\.changed)
      if wait == 1 {
        try release.edit(
          TestRelease.daemonSet, ["metadata": ["labels": ["app.kubernetes.io/version": "x"]]])
        _ = release.takeRequests()
      } else if wait == 2 {
        try #require(
          release.object(TestRelease.daemonSet)?["metadata"]?["labels"]?[
            "app.kubernetes.io/version"] != "x")
      }
    }
    #expect(
      release.events.suffix(1) == [
        .object(
          TestRelease.daemonSet, .configured,
          detail: "kubectl-edit had set .metadata.labels.app.kubernetes.io/version")
      ])
  }

  @Test func watchRepairWritesOnce() throws {
    let release = try TestRelease()
    try watch(release, waits: 4) { wait in
      guard wait == 1 else { return }
      try release.edit(TestRelease.role, ["rules": []])
      _ = release.takeRequests()
    }
    #expect(release.takeWrites() == ["patch roles/\(TestRelease.role.name)"])
  }

  @Test func watchRecreatesDeletedObject() throws {
    let release = try TestRelease()
    try watch(release, waits: 2) { wait in
      guard wait == 1 else { return }
      try release.admin.delete(TestRelease.roleBinding, uid: nil, resourceVersion: nil)
    }
    #expect(release.events.last == .object(TestRelease.roleBinding, .created))
  }

  @Test func watchIgnoresOffsetsAndStatus() throws {
    let release = try TestRelease()
    try watch(release, waits: 5) { wait in
      if wait == 1 { _ = release.takeRequests() }
      try release.store(["node-a": .string(["AAAA", "BBBB"][wait % 2])])
      _ = try release.admin.send(
        APIRequest(
          "PATCH", TestRelease.daemonSet.path + "/status", contentType: MediaType.mergePatch,
          body: JSONWriter.compact.bytes(["status": ["numberReady": .integer(wait)]])))
    }
    let own = release.takeRequests().filter { $0.verb == "get" || $0.verb == "patch" }
    // The looks alone, and the other two writers.
    #expect(own.count { $0.verb == "get" } == 4 * 8)
    #expect(own.count { $0.verb == "patch" } == 5 * 2)
  }

  @Test func watchBacksOffFromInsistentManager() throws {
    let release = try TestRelease()
    // Ten minutes, at one look every three seconds.
    try watch(release, waits: 200) { _ in
      try release.edit(
        TestRelease.daemonSet, as: "insister",
        ["metadata": ["labels": ["app.kubernetes.io/version": "theirs"]]])
    }
    let repairs = release.events.count {
      if case .object(TestRelease.daemonSet, .configured, _) = $0 { true } else { false }
    }
    #expect((5...12).contains(repairs))
    #expect(
      release.events.contains(
        .note("\(TestRelease.daemonSet) has been repaired 3 times; the next repair waits 2 s")))
  }

  @Test func refusedObjectDoesNotBlockOtherRepairs() throws {
    let release = try TestRelease()
    try watch(release, waits: 6) { wait in
      if wait == 1 { try release.takeOver(as: "other", force: true) }
      if wait == 3 { try release.edit(TestRelease.role, ["rules": []]) }
    }
    let conflicts = release.events.filter { "\($0)".contains("conflict: other sets") }
    #expect(conflicts.count == 1)
    #expect(
      release.events.contains {
        if case .object(TestRelease.role, .configured, _) = $0 { true } else { false }
      })
  }

  @Test func watchReportsOutageOnce() throws {
    let release = try TestRelease()
    var waits: [Duration] = []
    try watch(release, waits: 12) { wait in
      waits.append(release.clock.now)
      if wait == 1 { release.server.addFault(try Fault(parsing: "status=503")) }
      if wait == 10 { release.server.removeAllFaults() }
    }
    let notes = release.events.filter { "\($0)".contains("503") }
    #expect(notes.count == 1)
    #expect(release.events.contains(.note("the cluster can be reconciled again")))
    #expect(waits.count == 12)
  }

  @Test func watchAppliesNewValues() throws {
    let release = try TestRelease()
    try watch(
      release, waits: 4,
      desired: { $0 == 2 ? try TestRelease.manifests("operator.clusterName=prod") : nil },
      script: { _ in })
    #expect(
      release.events.suffix(2).map(\.description) == [
        "\(TestRelease.collectorMap) configured", "\(TestRelease.daemonSet) configured",
      ])
    // Eight objects, that it watches, and the two changes.
    #expect(release.events.count == 11)
    #expect(release.events.contains(.note("watching release rel in namespace ops")))
  }

  @Test func watchKeepsLastReadableValues() throws {
    struct Unreadable: Error, CustomStringConvertible { let description = "values.yaml: no" }
    let release = try TestRelease()
    try watch(
      release, waits: 6,
      desired: { wait in
        if wait > 1 { throw Unreadable() }
        return nil
      },
      script: { wait in
        if wait == 3 { try release.edit(TestRelease.role, ["rules": []]) }
      })
    #expect(release.events.count { $0 == .note("values.yaml: no") } == 1)
    #expect(
      release.events.contains {
        if case .object(TestRelease.role, .configured, _) = $0 { true } else { false }
      })
  }

  @Test func watchEndsWhenFirstApplyFailsPermanently() throws {
    let release = try TestRelease(makesNamespace: false)
    #expect(
      release.failure { try watch(release, waits: 3) { _ in } } == [
        "namespace ops does not exist; create it first: kubectl create namespace ops",
        "nothing was changed",
      ])
  }

  @Test func repairPaceSlowsDownAndRecovers() {
    var pace = RepairPace()
    var now = Duration.zero
    #expect(pace.repaired(at: now) == nil)
    #expect(pace.repaired(at: now) == nil)
    var waits: [Duration] = []
    for _ in 0..<10 {
      guard let wait = pace.repaired(at: now) else { continue }
      waits.append(wait)
      #expect(!pace.allowsRepair(at: now + wait - .milliseconds(1)))
      now += wait
      #expect(pace.allowsRepair(at: now))
    }
    #expect(
      waits == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map { .seconds($0) })
    now += .seconds(1000)
    #expect(pace.repaired(at: now) == nil)
  }
}
