import TestSupport
import Testing

/// Facts about connections, which the conformance tables name (`Tests/Conformance/Fact.swift`) and
/// only a server of one's own can play.
enum ConnectionFact: Sendable {
  case expiredWatch, refusedConnection, untrustedAuthority, connectionOutlivesLargeBody, bodyLimit
}

/// Names the facts that a test holds.
struct HeldConnectionFacts: TestTrait {
  let facts: [ConnectionFact]
}

extension Trait where Self == HeldConnectionFacts {
  static func holds(_ facts: ConnectionFact...) -> HeldConnectionFacts {
    HeldConnectionFacts(facts: facts)
  }
}
