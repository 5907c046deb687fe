import FilelogHTTPClient
import FilelogJSON
import Foundation
import TestSupport
import Testing

/// A real etcd on loopback, which keeps its data in a bbolt database (`member/snap/db`).
final class Etcd {
  static let path = ["/usr/bin/etcd", "/usr/local/bin/etcd"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  let directory: String
  private let process = Process()
  private let client = HTTPClient()
  private let url: String

  var database: String { directory + "/member/snap/db" }

  /// Starts etcd on a data directory and waits until it answers. It commits every 10 ms.
  init(directory: String) throws {
    self.directory = directory
    let ports = [Int.random(in: 20_000..<30_000), Int.random(in: 30_000..<40_000)]
    url = "http://127.0.0.1:\(ports[0])"
    process.executableURL = URL(fileURLWithPath: try #require(Self.path))
    process.arguments = [
      "--data-dir", directory, "--listen-client-urls", url, "--advertise-client-urls", url,
      "--listen-peer-urls", "http://127.0.0.1:\(ports[1])", "--initial-advertise-peer-urls",
      "http://127.0.0.1:\(ports[1])", "--initial-cluster", "default=http://127.0.0.1:\(ports[1])",
      "--backend-batch-interval", "10ms",
    ]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    let deadline = ContinuousClock.now + .seconds(20)
    while (try? call("maintenance/status", [:])) == nil {
      try #require(process.isRunning, "etcd ended")
      try #require(ContinuousClock.now < deadline, "etcd does not answer")
      Thread.sleep(forTimeInterval: 0.05)
    }
  }

  /// - Returns: the revision of the write.
  func put(_ key: String, _ value: String) throws -> Int {
    let answer = try call("kv/put", ["key": base64(key), "value": base64(value)])
    return try #require(answer["header"]?["revision"]?.string.flatMap { Int($0) })
  }

  /// Forgets what was overwritten or deleted before a revision.
  func compact(to revision: Int) throws {
    _ = try call("kv/compaction", ["revision": .integer(revision)])
  }

  /// Every key and value, sorted by key.
  func everything() throws -> [String: String] {
    let all = JSONValue.string(Data([0]).base64EncodedString())
    let answer = try call("kv/range", ["key": all, "range_end": all])
    var found: [String: String] = [:]
    for pair in answer["kvs"]?.array ?? [] {
      found[try text(pair["key"])] = try text(pair["value"])
    }
    return found
  }

  func stop() {
    process.terminate()
    process.waitUntilExit()
  }

  private func call(_ path: String, _ body: JSONValue) throws -> JSONValue {
    let request = HTTPRequest(
      method: "POST", url: "\(url)/v3/\(path)", body: JSONWriter.compact.bytes(body))
    let response = try client.send(request)
    try #require(response.status == 200)
    return try JSONValue(parsing: response.body)
  }

  private func base64(_ text: String) -> JSONValue {
    .string(Data(text.utf8).base64EncodedString())
  }

  private func text(_ value: JSONValue?) throws -> String {
    let data = try #require(Data(base64Encoded: value?.string ?? ""))
    return String(decoding: data, as: UTF8.self)
  }
}
