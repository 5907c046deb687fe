import Glibc
import Testing

/// The words of the contract stand in `Sources/Contract` alone: a second place would go on with the old
/// word when one changes.
@Suite struct ContractWordsTests {
  /// Words that mean something else elsewhere: Kubernetes' own labels, and plain English.
  private static let common: Set<String> = [
    "-cm", "additions", "app.kubernetes.io/instance", "app.kubernetes.io/managed-by",
    "app.kubernetes.io/name",
    "dash0-operator", "file", "from", "node", "opentelemetry-collector", "part", "to",
  ]

  /// The program's own name, which it has also where there is no pod; and Support, which knows nothing
  /// of the contract.
  private static let exceptions: Set<String> = [
    "OffsetSync/OffsetSync/Program.swift filelog-offset-sync",
    "Support/KubernetesAPI/KubernetesClient.swift filelog-offset-sync",
  ]

  @Test func contractWordsStandNowhereElseAsLiterals() throws {
    let words = Set(
      try Repository.sources("Sources/Contract").flatMap { Literals.all(in: $0.text[...]) }
    ).subtracting(Self.common)
    #expect(words.count > 20)
    var found: Set<String> = []
    // Taking every file apart would take a minute: few files hold any of the words.
    let parts = words.map(Self.longestPart)
    for (path, text) in try Repository.sources("Sources") where !path.hasPrefix("Contract/") {
      let isWorthIt = text.withCString { text in parts.contains { strstr(text, $0) != nil } }
      guard isWorthIt else { continue }
      for word in Literals.all(in: text[...]) where words.contains(word) {
        found.insert("\(path) \(word)")
      }
    }
    #expect(found.subtracting(Self.exceptions).sorted() == [])
    #expect(Self.exceptions.subtracting(found).isEmpty)
  }

  /// The longest part of a literal's source between what is inserted in it; with both quotes where
  /// nothing is.
  private static func longestPart(_ word: String) -> String {
    let parts = word.split(separator: "…")
    if parts.count == 1, parts[0] == word { return "\"\(word)\"" }
    return String(parts.max { $0.count < $1.count } ?? "")
  }
}
