import FilelogJSON
import Foundation
import TestSupport
import Testing

@testable import Simulation

@Suite(.waits) struct PodRunTests {
  /// A pod of shell scripts.
  final class Bench {
    let directory: String
    var events: [PodRun.Event] = []
    private(set) var pod: PodRun!

    init(_ directory: String) { self.directory = directory }

    func container(_ name: String, _ script: String, isSidecar: Bool = false) throws -> ContainerRun
    {
      let spec: JSONValue = [
        "name": .string(name), "restartPolicy": isSidecar ? "Always" : .null,
      ]
      return ContainerRun(
        try ContainerSpec(spec),
        ChildProcess.Command(
          program: "/bin/sh", arguments: ["-c", "cd \(directory); " + script],
          environment: ["PATH": "/usr/bin:/bin"], logPath: directory + "/\(name).log"))
    }

    func run(_ initContainers: [ContainerRun], _ containers: [ContainerRun]) {
      pod = PodRun(
        PodIdentity(
          name: "p", namespace: "n", uid: "u", node: "node", serviceAccount: "s", labels: [:],
          annotations: [:]),
        initContainers: initContainers, containers: containers,
        report: { [unowned self] in events.append($0) })
    }

    /// Steps the pod until a condition holds; fails after ten seconds.
    func step(until condition: () -> Bool) throws {
      let deadline = ContinuousClock.now + .seconds(10)
      while !condition() {
        try #require(ContinuousClock.now < deadline, "events: \(events)")
        try pod.step(now: .now)
        usleep(2000)
      }
    }

    var order: String {
      (try? HostFiles.read(directory + "/order")).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    var names: [String] {
      events.map { event in
        switch event {
        case .started(let name): "+\(name)"
        case .exited(let name, let exit, let expected): "-\(name) \(exit)\(expected ? "" : " !")"
        }
      }
    }
  }

  /// Waits for SIGTERM, then notes its name.
  static func server(_ name: String) -> String {
    "trap 'echo \(name) >> order; exit 0' TERM; echo up > \(name).up; while :; do sleep 0.01; done"
  }

  static func isUp(_ directory: String, _ names: String...) -> Bool {
    names.allSatisfy { FileManager.default.fileExists(atPath: directory + "/\($0).up") }
  }

  @Test func initContainersRunInOrderAndThenAllContainersTogether() throws {
    try HostFiles.withTemporaryDirectory { directory in
      let bench = Bench(directory)
      bench.run(
        [
          try bench.container("one", "sleep 0.05; echo one >> order"),
          try bench.container("two", "echo two >> order"),
        ], [try bench.container("a", Self.server("a")), try bench.container("b", Self.server("b"))])
      try bench.step { Self.isUp(directory, "a", "b") }
      #expect(bench.order == "one\ntwo\n")
      #expect(
        bench.names == ["+one", "-one exit code 0", "+two", "-two exit code 0", "+a", "+b"])
      #expect(bench.pod.isReady(now: .now, settledFor: .zero))
      bench.pod.terminate(now: .now, grace: .seconds(5))
      try bench.step { bench.pod.phase == .ended }
      #expect(bench.names.suffix(2).sorted() == ["-a exit code 0", "-b exit code 0"])
    }
  }

  @Test func nativeSidecarsStartBeforeTheContainersAndStopAfterThem() throws {
    try HostFiles.withTemporaryDirectory { directory in
      let bench = Bench(directory)
      bench.run(
        [
          try bench.container("init", "true"),
          try bench.container("sidecar", Self.server("sidecar"), isSidecar: true),
        ],
        [
          try bench.container(
            "main",
            "trap 'sleep 0.1; echo main >> order; exit 0' TERM; echo up > main.up; "
              + "while :; do sleep 0.01; done")
        ])
      try bench.step { Self.isUp(directory, "main", "sidecar") }
      bench.pod.terminate(now: .now, grace: .seconds(5))
      try bench.step { bench.pod.phase == .ended }
      #expect(bench.order == "main\nsidecar\n")
    }
  }

  @Test func whatIsStillThereAtTheEndOfTheGracePeriodIsKilled() throws {
    try HostFiles.withTemporaryDirectory { directory in
      let bench = Bench(directory)
      bench.run(
        [],
        [
          try bench.container(
            "deaf", "trap '' TERM; echo up > deaf.up; while :; do sleep 0.01; done")
        ])
      try bench.step { Self.isUp(directory, "deaf") }
      bench.pod.terminate(now: .now, grace: .milliseconds(200))
      try bench.step { bench.pod.phase == .ended }
      #expect(bench.names == ["+deaf"])
    }
  }

  @Test func aContainerThatFailsIsStartedAnewAndCountedAfterFiveTimes() throws {
    try HostFiles.withTemporaryDirectory { directory in
      let bench = Bench(directory)
      bench.run([], [try bench.container("weak", "exit 3")])
      try bench.step { bench.names.count == 3 }
      #expect(bench.names == ["+weak", "-weak exit code 3 !", "+weak"])
      #expect(bench.pod.failure() == nil)
      var now = ContinuousClock.now
      let deadline = now + .seconds(3600)
      while bench.pod.failure() == nil, now < deadline {
        now += .seconds(10)
        usleep(5000)
        try bench.pod.step(now: now)
      }
      #expect(bench.pod.failure()?.container == "weak")
    }
  }

  @Test func aPodThatIsKilledIsGoneAtOnceWithEverythingItStarted() throws {
    try HostFiles.withTemporaryDirectory { directory in
      let bench = Bench(directory)
      bench.run(
        [],
        [try bench.container("parent", "sleep 60 & echo $! > child.pid; echo up > parent.up; wait")]
      )
      try bench.step { Self.isUp(directory, "parent") }
      let text = String(decoding: try HostFiles.read(directory + "/child.pid"), as: UTF8.self)
      let child = try #require(Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)))
      bench.pod.kill()
      #expect(bench.pod.phase == .ended)
      let deadline = ContinuousClock.now + .seconds(5)
      while kill(child, 0) == 0, !Self.isZombie(child), ContinuousClock.now < deadline {
        usleep(2000)
      }
      #expect(kill(child, 0) != 0 || Self.isZombie(child))
    }
  }

  /// A child whose parent died may wait to be reaped by the process that adopted it.
  static func isZombie(_ pid: Int32) -> Bool {
    let status = (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)) ?? ""
    return status.contains(") Z ")
  }

  @Test func aProgramThatIsNotThereIsNamed() {
    let error = #expect(throws: SimulationError.self) {
      try ChildProcess(
        .init(program: "/no/such/program", arguments: [], environment: [:], logPath: "/dev/null"))
    }
    #expect(error?.description == "/no/such/program cannot be started: No such file or directory")
  }
}
