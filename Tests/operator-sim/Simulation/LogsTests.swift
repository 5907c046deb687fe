import Foundation
import HTTPClient
import HTTPServer
import JSON
import SystemCalls
import TestSupport
import Testing

@testable import Simulation

@Suite struct LogsTests {
  static let file = RecordIdentity.File(node: "node-1", number: 4)

  @Test func aRecordIsKnownAgainWhereverItsTextStands() {
    let record = RecordIdentity(file: Self.file, sequence: 12)
    #expect(RecordIdentity(body: record.text) == record)
    #expect(RecordIdentity(body: "2026-01-01T00:00:00Z stdout F \(record.text) id=7 ...") == record)
    #expect(RecordIdentity(body: "some other line") == nil)
    #expect(RecordIdentity(body: "node=a file=b seq=1") == nil)
  }

  @Test func theLedgerTellsLostFromDuplicatedAndUnknown() {
    let ledger = Ledger()
    ledger.willWrite(6, to: Self.file)
    func text(_ sequence: Int) -> String {
      RecordIdentity(file: Self.file, sequence: sequence).text
    }
    #expect(ledger.received([0, 1, 1].map(text)) == 1)
    #expect(ledger.received([1, 4, 6].map(text) + ["no record"]) == 1)
    #expect(ledger.total == Ledger.Count(written: 6, delivered: 3, duplicated: 2))
    #expect(ledger.total.lost == 3)
    #expect(ledger.missing(in: Self.file) == [2...3, 5...5])
    #expect(ledger.unknown == 2)
    #expect(ledger.arrivals == 7)
  }

  @Test func applicationsWriteWholeLinesAtTheGivenRateAndAccountForEachOfThem() throws {
    try HostFiles.withTemporaryFolder { folder in
      let ledger = Ledger()
      let applications = ApplicationLogs(
        node: "node-1", podLogs: folder, namespaces: ["shop", "payments"], ledger: ledger,
        random: SeededRandom(seed: 7))
      for _ in 0..<3 { try applications.addPod() }
      for _ in 0..<50 { try applications.write(for: .milliseconds(10), rate: 150) }
      try applications.rotate(1)
      for _ in 0..<50 { try applications.write(for: .milliseconds(10), rate: 150) }

      let names = HostFiles.list(folder)
      #expect(names.count == 4)
      #expect(names.filter { $0.hasPrefix("shop_app-") }.count >= 2)
      #expect(names.filter { $0.contains("/main/0.log.") }.count == 1)
      for name in names {
        let text = String(decoding: try HostFiles.read(folder + "/" + name), as: UTF8.self)
        #expect(text.hasSuffix("\n"))
        for line in text.split(separator: "\n") {
          #expect(line.utf8.count == 119)
          #expect(line.split(separator: " ").prefix(3).dropFirst() == ["stdout", "F"])
          #expect(ledger.received([String(line)]) == 0)
        }
      }
      #expect(ledger.total == Ledger.Count(written: 150, delivered: 150, duplicated: 0))
    }
  }

  @Test func theBackendReadsPlainAndCompressedRequests() throws {
    let ledger = Ledger()
    ledger.willWrite(2, to: Self.file)
    let backend = LogBackend { ledger.received($0) }
    let url = try backend.start()
    defer { backend.stop() }
    func body(_ sequence: Int) -> Data {
      let text = RecordIdentity(file: Self.file, sequence: sequence).text
      return Data(
        #"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"\#(text)"}}]}]}]}"#
          .utf8)
    }
    #expect(try Self.post(url + "/v1/logs", body(0), compressed: false) == 200)
    #expect(try Self.post(url + "/v1/logs", body(1), compressed: true) == 200)
    #expect(try Self.post(url + "/v1/logs", Data("{}".utf8), compressed: false) == 400)
    #expect(try Self.post(url + "/v1/logs", Data("no gzip".utf8), compressed: nil) == 400)
    #expect(try Self.post(url + "/v1/traces", body(0), compressed: false) == 404)
    #expect(ledger.total == Ledger.Count(written: 2, delivered: 2, duplicated: 0))
  }

  /// Posts through libcurl, compressed by the system's gzip, so that the backend is not tested by its
  /// own kind.
  /// - Parameter compressed: nil says that it is compressed when it is not.
  static func post(_ url: String, _ body: Data, compressed: Bool?) throws -> Int {
    try HostFiles.withTemporaryFolder { folder in
      try HostFiles.write([UInt8](body), to: folder + "/body")
      if compressed == true { _ = try run("/bin/gzip", ["-n", folder + "/body"]) }
      let name = compressed == true ? "/body.gz" : "/body"
      let request = HTTPRequest(
        method: "POST", url: url,
        headers: compressed == false ? [] : [("Content-Encoding", "gzip")],
        body: try HostFiles.read(folder + name))
      return try HTTPClient().send(request).status
    }
  }

  static func run(_ program: String, _ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: output, as: UTF8.self)
  }
}
