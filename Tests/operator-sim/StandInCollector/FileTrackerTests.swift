import FilelogCheckpoint
import Foundation
import TestSupport
import Testing

@testable import StandInCollector

@Suite struct FileTrackerTests {
  /// A directory with log files, and a tracker of those that end in `.log`.
  final class Bench {
    let directory: String
    var tracker: FileTracker

    init(_ directory: String, startsAtBeginning: Bool = true, known: [KnownFile] = []) {
      self.directory = directory
      let receiver = CollectorConfiguration.Receiver(
        id: "filelog", include: [directory + "/*.log"], exclude: [], pollInterval: .seconds(1),
        startsAtBeginning: startsAtBeginning, includesFilePath: true, includesFileName: false,
        parsesContainerLines: false, databasePath: "", recreatesDatabase: false, exporters: [])
      tracker = FileTracker(receiver, known: known)
    }

    func write(_ name: String, _ text: String) throws {
      let path = directory + "/" + name
      let before = (try? HostFiles.read(path)) ?? []
      // In place: a log file keeps its inode while it grows.
      if before.isEmpty { try HostFiles.write([], to: path) }
      let handle = try #require(FileHandle(forWritingAtPath: path))
      try handle.seekToEnd()
      try handle.write(contentsOf: Array(text.utf8))
      try handle.close()
    }

    func rename(_ from: String, _ to: String) throws {
      try FileManager.default.moveItem(atPath: directory + "/" + from, toPath: directory + "/" + to)
    }

    func poll() -> [String] {
      let groups = tracker.poll(now: 1)
      tracker.endPoll()
      return groups.flatMap { $0.records.map(\.body) }
    }
  }

  @Test func everyLineIsReadOnceAndNoneBeforeItIsWhole() throws {
    try HostFiles.withTemporaryDirectory { directory in
      let bench = Bench(directory)
      try bench.write("0.log", "one\ntw")
      #expect(bench.poll() == ["one"])
      #expect(bench.poll() == [])
      try bench.write("0.log", "o\nthree\n")
      #expect(bench.poll() == ["two", "three"])
      #expect(bench.tracker.knownFiles.map(\.offset) == [14])
      #expect(bench.tracker.knownFiles.map(\.recordNumber) == [3])
      #expect(bench.tracker.knownFiles.map(\.path) == [directory + "/0.log"])
    }
  }

  @Test func aRestartedTrackerGoesOnWhereTheStoredOffsetsEnd() throws {
    try HostFiles.withTemporaryDirectory { directory in
      let bench = Bench(directory)
      try bench.write("a.log", "a1\n")
      try bench.write("b.log", "b1\n")
      _ = bench.poll()
      bench.tracker.close()
      let stored = bench.tracker.knownFiles
      #expect(stored.map { $0.path?.suffix(5) } == ["b.log", "a.log"])
      try bench.write("a.log", "a2\n")
      try bench.write("c.log", "c1\n")
      let next = Bench(directory, startsAtBeginning: false, known: stored)
      #expect(next.poll() == ["a2", "c1"])
    }
  }

  @Test func withoutStoredOffsetsReadingMayStartAtTheEnd() throws {
    try HostFiles.withTemporaryDirectory { directory in
      let bench = Bench(directory, startsAtBeginning: false)
      try bench.write("a.log", "old\n")
      #expect(bench.poll() == [])
      try bench.write("a.log", "new\n")
      try bench.write("b.log", "whole\n")
      #expect(bench.poll() == ["new", "whole"])
    }
  }

  @Test func theEndOfARotatedFileIsReadBeforeItsSuccessor() throws {
    try HostFiles.withTemporaryDirectory { directory in
      let bench = Bench(directory)
      try bench.write("0.log", "first\n")
      _ = bench.poll()
      try bench.write("0.log", "last\n")
      try bench.rename("0.log", "0.log.20260101")
      try bench.write("0.log", "successor\n")
      #expect(bench.poll() == ["last", "successor"])
    }
  }

  @Test func aFileRenamedWithinThePatternIsNotReadAgain() throws {
    try HostFiles.withTemporaryDirectory { directory in
      let bench = Bench(directory)
      try bench.write("0.log", "first\n")
      _ = bench.poll()
      try bench.rename("0.log", "1.log")
      #expect(bench.poll() == [])
      #expect(bench.tracker.knownFiles.map { $0.path?.suffix(5) } == ["1.log"])
    }
  }

  @Test func aFileThatWasWrittenOverIsReadFromItsBeginning() throws {
    try HostFiles.withTemporaryDirectory { directory in
      let bench = Bench(directory)
      try bench.write("0.log", "a long first line\n")
      _ = bench.poll()
      try #require(FileHandle(forWritingAtPath: directory + "/0.log")).truncate(atOffset: 0)
      try bench.write("0.log", "new\n")
      #expect(bench.poll() == ["new"])
    }
  }

  @Test func aVanishedFileIsRememberedForThreePolls() throws {
    try HostFiles.withTemporaryDirectory { directory in
      let bench = Bench(directory)
      try bench.write("0.log", "first\n")
      _ = bench.poll()
      try bench.rename("0.log", "away")
      for expected in [1, 1, 1, 0] {
        _ = bench.tracker.poll(now: 1)
        #expect(bench.tracker.knownFiles.count == expected)
        bench.tracker.endPoll()
      }
    }
  }

  @Test func equalContentUnderTwoNamesIsReadOnce() throws {
    try HostFiles.withTemporaryDirectory { directory in
      let bench = Bench(directory)
      try bench.write("a.log", "same\n")
      try bench.write("b.log", "same\n")
      #expect(bench.poll() == ["same"])
    }
  }

  @Test func aLineOfMoreThanAMebibyteIsCutAndNotHeldBack() throws {
    try HostFiles.withTemporaryDirectory { directory in
      let bench = Bench(directory)
      try bench.write("a.log", String(repeating: "x", count: 3_145_728) + "\nshort\n")
      let lines = bench.poll()
      #expect(lines.last == "short")
      #expect(lines.joined().utf8.count == 3_145_728 + 5)
      #expect(lines.allSatisfy { $0.utf8.count <= 2 << 20 })
    }
  }
}
