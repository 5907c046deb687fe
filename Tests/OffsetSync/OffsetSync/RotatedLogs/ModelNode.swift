import FilelogEncodings
import FilelogSystemCalls
import FilelogText
import Glibc
import TestSupport

@testable import OffsetSync

/// The log directories of a node, written and rotated as a container runtime and the kubelet do, at
/// times that the test gives.
final class ModelNode {
  let directory: TemporaryDirectory
  var pods: String { directory.path + "/pods" }
  var docker: String { directory.path + "/docker" }
  var links: String { directory.path + "/links" }
  var places: RotatedLogPlaces { RotatedLogPlaces(pods: pods, docker: docker, links: links) }
  /// Time since 1970.
  private(set) var time: Duration = .seconds(1_795_860_000)
  /// How many files of a container the kubelet keeps, the one that is written included.
  let mostFiles: Int
  /// Lines of files that the kubelet has deleted, by container.
  private(set) var deleted: [Set<Int>] = []
  private(set) var written: [Int] = []
  private var lastRotation: [Duration] = []
  /// When the file that is written was begun; nil while there is none.
  private var began: [Duration?] = []
  /// When a collector that runs now last looked at the files; nil while none runs. One that runs
  /// would miss a file that comes and goes between two looks, which no restart has part in.
  var lastPoll: Duration?
  /// East of Greenwich; names of rotated files are in the node's own time.
  private let zone: Duration

  init(containers: Int = 1, mostFiles: Int = 5, zone: Duration = .zero) throws {
    directory = TemporaryDirectory()
    self.mostFiles = mostFiles
    self.zone = zone
    for path in [pods, docker, links] { _ = mkdir(path, 0o755) }
    for container in 0..<containers {
      _ = mkdir(podDirectory(container), 0o755)
      _ = mkdir(directory(container), 0o755)
      deleted.append([])
      written.append(0)
      lastRotation.append(.zero)
      began.append(nil)
    }
  }

  func pass(_ duration: Duration) { time += duration }

  private func podDirectory(_ container: Int) -> String {
    "\(pods)/shop_web-\(container)_0a1b2c3d-0000-4000-8000-00000000000\(container)"
  }

  func directory(_ container: Int) -> String { podDirectory(container) + "/app" }

  /// Writes lines, numbered on.
  func write(_ lines: Int, container: Int = 0) throws {
    let path = directory(container) + "/0.log"
    let file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o640)
    precondition(file >= 0, "cannot open \(path)")
    for _ in 0..<lines {
      let line = Array(
        "\(stamp()) stdout F container \(container) line \(written[container])\n".utf8)
      precondition(Glibc.write(file, line, line.count) == line.count)
      written[container] += 1
    }
    try SystemCalls.host.setModified(file, time)
    close(file)
    began[container] = began[container] ?? time
  }

  /// As the runtime stamps lines: in the node's time zone.
  private func stamp() -> String {
    let text = RFC3339.text(
      seconds: Int64((time + zone).components.seconds),
      nanoseconds: (time + zone).components.attoseconds / 1_000_000_000, decimals: .exactly(9))
    guard zone != .zero else { return text }
    return text.dropLast() + "+0\(zone.components.seconds / 3600):00"
  }

  /// As the kubelet rotates: the file gets a name with the time, older ones are packed, the oldest
  /// go. It looks at most once a second, so that names differ.
  func rotate(container: Int = 0) throws {
    let path = directory(container)
    guard let start = began[container], lastPoll.map({ start < $0 }) ?? true,
      time.components.seconds > lastRotation[container].components.seconds
    else { return }
    lastRotation[container] = time
    began[container] = nil
    var old = try rotated(container)
    while old.count > mostFiles - 2 {
      for line in ModelReceiver.lines(try Self.content(path + "/" + old[0])) {
        deleted[container].insert(line)
      }
      unlink(path + "/" + old.removeFirst())
    }
    for name in old where !name.hasSuffix(".gz") {
      try HostFiles.write(
        Self.packed(HostFiles.read(path + "/" + name)), to: "\(path)/\(name).gz")
      setTime("\(path)/\(name).gz", time)
      unlink("\(path)/\(name)")
    }
    let local = RFC3339.text(seconds: Int64((time + zone).components.seconds), nanoseconds: 0)
      .filter { !"-:Z".contains($0) }.prefix(15).replacing("T", with: "-")
    precondition(rename(path + "/0.log", "\(path)/0.log.\(local)") == 0)
  }

  /// Names of rotated files, oldest first.
  func rotated(_ container: Int = 0) throws -> [String] {
    HostFiles.list(directory(container)).filter { $0 != "0.log" }
  }

  func setTime(_ path: String, _ time: Duration) {
    let file = open(path, O_RDONLY)
    precondition(file >= 0, path)
    do { try SystemCalls.host.setModified(file, time) } catch { preconditionFailure("\(error)") }
    close(file)
  }

  static func packed(_ bytes: [UInt8]) -> [UInt8] {
    let writer = GzipWriter(.text)
    writer.write(bytes)
    return writer.finish()
  }

  static func content(_ path: String) throws -> [UInt8] {
    let bytes = try HostFiles.read(path)
    guard bytes.starts(with: [0x1f, 0x8b]) else { return bytes }
    return try GzipReader(bytes, limit: 1 << 24).read(1 << 20)
  }

  /// What an init container, or a sync container while no collector runs, does with these states.
  @discardableResult
  func follow(
    _ states: [ModelReceiver.State], limits: RotatedLogs.Limits = .init()
  ) throws -> RotatedLogs.Outcome {
    try logs(limits).follow(KnownLogFiles(states.map(\.database)))
  }

  /// How many files are linked, by one link or two.
  func linkedFiles() throws -> Int {
    Set(
      try LinkDirectory(path: links, calls: .host).links().map {
        $0.target.hasSuffix(".gz") ? String($0.target.dropLast(3)) : $0.target
      }
    ).count
  }

  /// The directory for links ends with its pod.
  func removeLinks() throws {
    let directory = LinkDirectory(path: links, calls: .host)
    for link in try directory.links() { directory.remove(link) }
  }

  func logs(_ limits: RotatedLogs.Limits = .init()) -> RotatedLogs {
    RotatedLogs(places, limits: limits, now: { .zero }, wallClock: { self.time })
  }
}
