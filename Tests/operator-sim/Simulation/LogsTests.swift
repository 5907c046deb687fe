import FilelogEncodings
import FilelogHTTPClient
import FilelogJSON
import FilelogSystemCalls
import Foundation
import HTTPServer
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
    #expect(ledger.overtaken == 2)
    #expect(ledger.unknown == 2)
    #expect(ledger.arrivals == 7)
  }

  private static func applications(_ ledger: Ledger, in directory: String) -> ApplicationLogs {
    ApplicationLogs(
      node: "node-1", podLogs: directory, namespaces: ["shop", "payments"], ledger: ledger,
      random: SeededRandom(seed: 7))
  }

  @Test func applicationsWriteAtGivenRateAndAccountForEachRecord() throws {
    let temporary = TemporaryDirectory()
    let ledger = Ledger()
    let applications = Self.applications(ledger, in: temporary.path)
    for _ in 0..<3 { try applications.addPod() }
    for _ in 0..<100 { try applications.write(for: .milliseconds(10), rate: 150) }
    try applications.rotate(1)
    for _ in 0..<300 { try applications.write(for: .milliseconds(10), rate: 150) }

    let names = HostFiles.list(temporary.path)
    #expect(names.count == 4)
    #expect(names.filter { $0.contains("/main/0.log.") }.count == 1)
    var tags: [Substring] = []
    for name in names {
      let text = String(decoding: try HostFiles.read(temporary.path + "/" + name), as: UTF8.self)
      #expect(text.hasSuffix("\n"))
      for line in text.split(separator: "\n") {
        #expect(line.utf8.count == 119)
        tags.append(line.split(separator: " ")[2])
        #expect(ledger.received([String(line)]) == 0)
      }
    }
    // Of 600 lines that were due some are pieces, whose records end with the next write.
    let records = tags.filter { $0 == "F" }.count
    #expect((500...601).contains(records))
    #expect(tags.count - records > 30)
    #expect(ledger.total == Ledger.Count(written: records, delivered: records, duplicated: 0))
    #expect(ledger.unknown == 0)
    #expect(ledger.lost(on: "node-1") == 0)
  }

  @Test func rotationKeepsNewestPlainPacksOlderAndRemovesOldest() throws {
    let temporary = TemporaryDirectory()
    let ledger = Ledger()
    let applications = Self.applications(ledger, in: temporary.path)
    try applications.addPod()
    var contents: [[UInt8]] = []
    for _ in 0..<6 {
      try applications.write(for: .milliseconds(100), rate: 100)
      let live = try #require(
        HostFiles.list(temporary.path).first { $0.hasSuffix("/main/0.log") })
      let content = try HostFiles.read(temporary.path + "/" + live)
      contents.append(content)
      // Files with records that have not arrived are kept.
      let lines = String(decoding: content, as: UTF8.self).split(separator: "\n")
      #expect(ledger.received(lines.map(String.init)) == 0)
      try applications.rotate(0)
    }
    let names = HostFiles.list(temporary.path).sorted()
    #expect(names.count == KubeletRotation.mostFiles)
    #expect(names[0].hasSuffix("/main/0.log"))
    #expect(names.dropFirst().dropLast().allSatisfy { $0.hasSuffix(".gz") })
    #expect(!names[4].hasSuffix(".gz"))
    #expect(try HostFiles.read(temporary.path + "/" + names[4]) == contents[5])
    let packed = try HostFiles.read(temporary.path + "/" + names[3])
    #expect(try Gzip.expand(packed, limit: 1 << 20) == contents[4])
  }

  @Test func piecesOfRecordsAreNeitherLostNorUnknown() {
    let ledger = Ledger()
    ledger.willWrite(1, to: Self.file)
    ledger.willWritePiece(to: Self.file)
    ledger.willWrite(1, to: Self.file)
    let (first, piece, last) = (
      RecordIdentity(file: Self.file, sequence: 0), RecordIdentity(file: Self.file, sequence: 1),
      RecordIdentity(file: Self.file, sequence: 2)
    )
    ledger.received([piece.pieceText])
    #expect(ledger.unknown == 0)
    #expect(ledger.missing(in: Self.file) == [0...0, 2...2])
    ledger.received([first.text, piece.pieceText + last.text])
    #expect(ledger.total == Ledger.Count(written: 2, delivered: 2, duplicated: 0))
    #expect(ledger.missing(in: Self.file) == [])
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
    try HostFiles.withTemporaryDirectory { directory in
      try HostFiles.write([UInt8](body), to: directory + "/body")
      if compressed == true { _ = try run("/bin/gzip", ["-n", directory + "/body"]) }
      let name = compressed == true ? "/body.gz" : "/body"
      let request = HTTPRequest(
        method: "POST", url: url,
        headers: compressed == false ? [] : [("Content-Encoding", "gzip")],
        body: try HostFiles.read(directory + name))
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
