import FilelogContract
import FilelogEncodings
import FilelogHTTPClient
import FilelogJSON
import FilelogSystemCalls
import OffsetSync

/// Puts objects as large as those that were stored into a real etcd, and asks that what came in and
/// what went to its log: bytes into the store, from the store itself.
///
/// One write at a time: an API server that writes a shared map for several patches at once writes
/// more.
struct EtcdBench {
  struct Row {
    let layout: Contract.OffsetLayout
    let nodes: Int
    /// Of the object, as the API server says.
    let objectBytes: Int
    /// All per put.
    let receivedBytes: Double
    let logBytes: Double
    let meanSeconds: Double
  }

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  private let url: String
  private let client = HTTPClient()
  private static let puts = 20
  private static let directory = "/offset-sync-bench/"

  /// - Parameter url: of its HTTP gateway, `http://127.0.0.1:2379`.
  init(url: String) { self.url = url.hasSuffix("/") ? String(url.dropLast()) : url }

  /// - Parameter rows: what stores cost an API server; those that do not tell are left out.
  func run(_ rows: [TrafficRow]) throws -> [Row] {
    defer { try? clear() }
    return try rows.compactMap { row in
      try row.storedBytes.map { try measure(row.layout, row.nodes, Int($0.rounded())) }
    }
  }

  private func measure(_ layout: Contract.OffsetLayout, _ nodes: Int, _ bytes: Int) throws -> Row {
    var random = SeededRandom(seed: UInt64(nodes))
    let values = (0..<Self.puts).map { _ in
      Base64.encode((0..<bytes).map { _ in UInt8(truncatingIfNeeded: random.next()) })
    }
    let before = try metrics()
    let start = Clock.now
    for (index, value) in values.enumerated() {
      let key = Self.directory + layout.rawValue + (layout == .shared ? "" : "/\(index % nodes)")
      try post("/v3/kv/put", ["key": .string(encoded(key)), "value": .string(value)])
    }
    let seconds = (Clock.now - start) / .seconds(1)
    let after = try metrics()
    let puts = Double(Self.puts)
    return Row(
      layout: layout, nodes: nodes, objectBytes: bytes,
      receivedBytes: (after.received - before.received) / puts,
      logBytes: (after.log - before.log) / puts, meanSeconds: seconds / puts)
  }

  private func clear() throws {
    // The end of a range is the key after its last.
    try post(
      "/v3/kv/deleterange",
      [
        "key": .string(encoded(Self.directory)),
        "range_end": .string(encoded(String(Self.directory.dropLast()) + "0")),
      ])
  }

  private func encoded(_ text: String) -> String { Base64.encode(Array(text.utf8)) }

  private func post(_ path: String, _ body: JSONValue) throws {
    let response = try client.send(
      HTTPRequest(
        method: "POST", url: url + path,
        headers: [(name: "Content-Type", value: "application/json")],
        body: JSONWriter.compact.bytes(body)))
    guard response.status == 200 else {
      throw Failure(
        description:
          "etcd answered \(response.status): \(String(decoding: response.body.prefix(200), as: UTF8.self))"
      )
    }
  }

  private func metrics() throws -> (received: Double, log: Double) {
    let response = try client.send(HTTPRequest(url: url + "/metrics"))
    let lines = String(decoding: response.body, as: UTF8.self).split(separator: "\n")
    func value(_ name: String) throws -> Double {
      for line in lines where line.hasPrefix(name + " ") {
        if let value = Double(line.dropFirst(name.utf8.count + 1)) { return value }
      }
      // Before the first request came in.
      if name == Self.received, lines.contains(where: { $0.hasPrefix("etcd_") }) { return 0 }
      throw Failure(
        description: "\(url)/metrics has no \(name): is this an etcd of version 3.4 or newer?")
    }
    return (try value(Self.received), try value("etcd_disk_wal_write_bytes_total"))
  }

  private static let received = "etcd_network_client_grpc_received_bytes_total"
}
