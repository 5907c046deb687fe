internal import CZlib
public import FoundationEssentials
public import JSON

/// The fixture files under `Tests/Fixtures`: databases and payloads that real software wrote.
public enum Fixtures {
  public static let directory: String =
    #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2)
    .joined(separator: "/") + "/Fixtures"
}
