import FilelogJSON
import Foundation
import Testing

@testable import DesiredState

/// What is known of OTTL, held against what a real collector said.
@Suite struct OTTLSyntaxTests {
  /// Of `Tests/Fixtures/ottl-verdicts.json`.
  struct Verdict: CustomTestStringConvertible, Sendable {
    let text: String
    let isStatement: Bool
    let isAccepted: Bool
    /// Refused for a name or a type, which are not looked up here.
    let isBeyondSyntax: Bool

    var testDescription: String { text }

    var failure: OTTLSyntax.Failure? {
      isStatement
        ? OTTLSyntax.failure(statement: text) : OTTLSyntax.failure(condition: text)
    }
  }

  static let verdicts: [Verdict] = {
    let file = URL(filePath: GoldenCase.directory + "/../Tests/Fixtures/ottl-verdicts.json")
    guard let data = try? Data(contentsOf: file), let tree = try? JSONValue(parsing: [UInt8](data))
    else { return [] }
    return (tree["verdicts"]?.array ?? []).compactMap { entry in
      guard let text = entry["text"]?.string else { return nil }
      return Verdict(
        text: text, isStatement: entry["statement"] == true,
        isAccepted: entry["accepted"] == true, isBeyondSyntax: entry["beyondSyntax"] == true)
    }
  }()

  @Test func verdictsAreThere() { #expect(Self.verdicts.count > 200) }

  @Test(arguments: verdicts.filter(\.isAccepted))
  func textsThatTheCollectorAcceptsAreAccepted(_ verdict: Verdict) {
    #expect(verdict.failure == nil)
  }

  @Test(arguments: verdicts.filter { !$0.isAccepted && !$0.isBeyondSyntax })
  func textsOfWrongSyntaxAreRefused(_ verdict: Verdict) {
    #expect(verdict.failure != nil)
  }
}
