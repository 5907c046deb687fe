import Testing

/// The words of the contract stand in `Sources/Contract` alone: a second place would go on with the old
/// word when one changes.
@Suite struct ContractWordsTests {
  /// Words that mean something else elsewhere: Kubernetes' own labels, and plain English.
  private static let common: Set<String> = [
    "-cm", "app.kubernetes.io/instance", "app.kubernetes.io/managed-by", "app.kubernetes.io/name",
    "dash0-operator", "node", "opentelemetry-collector", "part",
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
    for (path, text) in try Repository.sources("Sources") where !path.hasPrefix("Contract/") {
      for word in Literals.all(in: text[...]) where words.contains(word) {
        found.insert("\(path) \(word)")
      }
    }
    #expect(found.subtracting(Self.exceptions).sorted() == [])
    #expect(Self.exceptions.subtracting(found).isEmpty)
  }
}
