import FilelogContract
import FilelogJSON
import OffsetSync

/// What was measured, as tables for people or JSON for machines.
struct Report {
  var server = ""
  var rows: [TrafficRow] = []
  var herds: [TrafficRow] = []
  /// What one node stores while its log files grow.
  var growth: [GrowthBench.Row] = []
  /// Only where an etcd was named.
  var etcd: [EtcdBench.Row] = []
  var verdicts: [Verdict] = []

  var isGood: Bool { verdicts.allSatisfy(\.isMet) }

  var text: String {
    var text = "Against \(server). Bytes are of one store.\n\n"
    if !rows.isEmpty {
      text += table("Stores of \(TrafficBench.payload) random bytes", rows) + "\n"
    }
    if !herds.isEmpty { text += table("All nodes at once", herds) + "\n" }
    if !growth.isEmpty { text += table("A node whose log files grow", growth) + "\n" }
    if !etcd.isEmpty {
      text += table("Objects as large in a real etcd, one at a time", etcd) + "\n"
    }
    for failure in Set((rows + herds).flatMap(\.failures)).sorted().prefix(5) {
      text += "failed: \(failure)\n"
    }
    for verdict in verdicts {
      text += "\(verdict.isMet ? "met   " : "MISSED")  \(verdict.title): \(verdict.measured)\n"
    }
    return text
  }

  private func table(_ title: String, _ rows: [GrowthBench.Row]) -> String {
    let cells = rows.map { row in
      [
        row.measured.title, Figure.bytes(row.storedBytes), Figure.bytes(row.requestBytes),
        "\(row.bases) of \(row.measured.stores)", Figure.bytes(row.bytesPerSecond),
      ]
    }
    return table(title, [["node", "stored", "sent", "whole", "a second, every 5 s"]] + cells)
  }

  private func table(_ title: String, _ rows: [EtcdBench.Row]) -> String {
    let cells = rows.map { row in
      [
        row.layout.rawValue, "\(row.nodes)", Figure.bytes(Double(row.objectBytes)),
        Figure.bytes(row.receivedBytes), Figure.bytes(row.logBytes),
        Figure.seconds(row.meanSeconds),
      ]
    }
    return table(title, [["layout", "nodes", "object", "received", "to its log", "mean"]] + cells)
  }

  private func table(_ title: String, _ rows: [TrafficRow]) -> String {
    let header = [
      "layout", "nodes", "at once", "stored", "sent", "answered", "a watcher", "mean", "p99",
      "failed",
    ]
    let cells =
      [header]
      + rows.map { row in
        [
          row.layout.rawValue, "\(row.nodes)", "\(row.atOnce)", Figure.bytes(row.storedBytes),
          Figure.bytes(row.requestBytes), Figure.bytes(row.responseBytes),
          Figure.bytes(row.watchBytes), Figure.seconds(row.meanSeconds),
          Figure.seconds(row.p99Seconds), "\(row.failures.count) of \(row.stores)",
        ]
      }
    return table(title, cells)
  }

  private func table(_ title: String, _ cells: [[String]]) -> String {
    let widths = cells[0].indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
    return title + "\n"
      + cells.map { row in
        zip(row, widths).enumerated().map { index, cell in
          let padding = String(repeating: " ", count: cell.1 - cell.0.count)
          return index == 0 ? cell.0 + padding : padding + cell.0
        }.joined(separator: "  ") + "\n"
      }.joined()
  }

  var json: JSONValue {
    [
      "server": .string(server), "payloadBytes": .integer(TrafficBench.payload),
      "stores": .array(rows.map(Self.json)), "atOnce": .array(herds.map(Self.json)),
      "growth": .array(
        growth.map { row in
          [
            "node": .string(row.measured.title),
            "storedBytes": row.storedBytes.map { .number($0) } ?? .null,
            "requestBytes": .number(row.requestBytes), "wholeStores": .integer(row.bases),
            "stores": .integer(row.measured.stores),
          ]
        }),
      "etcd": .array(
        etcd.map { row in
          [
            "layout": .string(row.layout.rawValue), "nodes": .integer(row.nodes),
            "objectBytes": .integer(row.objectBytes), "receivedBytes": .number(row.receivedBytes),
            "logBytes": .number(row.logBytes), "meanSeconds": .number(row.meanSeconds),
          ]
        }),
      "verdicts": .array(
        verdicts.map {
          ["title": .string($0.title), "measured": .string($0.measured), "met": .bool($0.isMet)]
        }),
    ]
  }

  private static func json(_ row: TrafficRow) -> JSONValue {
    [
      "layout": .string(row.layout.rawValue), "nodes": .integer(row.nodes),
      "atOnce": .integer(row.atOnce), "stores": .integer(row.stores),
      "failures": .integer(row.failures.count),
      "storedBytes": row.storedBytes.map { .number($0) } ?? .null,
      "requestBytes": .number(row.requestBytes), "responseBytes": .number(row.responseBytes),
      "watchBytes": row.watchBytes.map { .number($0) } ?? .null,
      "meanSeconds": .number(row.meanSeconds), "p99Seconds": .number(row.p99Seconds),
    ]
  }
}
