import FoundationEssentials
import TestSupport
import Testing

/// What was observed of a real API server (1.36) about config maps, row by row. Each is held by a
/// test that names it with `.holds`; ``FactTests`` finds those that none holds.
enum Fact: String, CaseIterable, Sendable {
  // Size limits.
  case valuesLimit, annotationsLimit, bodyLimit, operationsLimit, transactionLimit
  case paddedBodyIsFree, managedFieldsAreDropped, connectionOutlivesLargeBody

  // Forms of answers.
  case wholeObject, metadataAlone, metadataOrWhole, unsupportedForm
  case metadataForEveryVerb, metadataOfLists, metadataWithOwners

  // Writes that change nothing.
  case repeatedMergePatch, repeatedJSONPatch, repeatedPut, repeatedApply, newApplier

  // Preconditions, deletion, annotations.
  case otherVersion, currentVersion, garbageVersion, otherUID, unfitJSONPatch, removedKey
  case removedKeys, annotationWithKey, mapWithoutBinaryData, badBase64, keyInBothParts
  case immutableMap, patchType, compressedBody

  // Server-side apply, replacing, owners.
  case manifestPreservesKeys, mergedManifestPreservesKeys, sharedManagerPreservesKeys
  case resetOwnersPreserveKeys, replacingWipes, applierTakesBack, appliersOfOneName
  case foreignKeyConflict, applierIsNamed, managerNameLimit, threeWriters, oneWriterOf200
  case writersOf200, appliersOf200, untracked, managedFieldsBeyondLimit, deepOwners

  // Keys and names.
  case goodKeys, badKeys, nodeNames, mapNames

  // Access by name.
  case namedMap, otherMaps, deletedMap, applyOfDeletedMap, creationByName, listByName
  case watchByName, patchImpliesRead, refusalOfName, refusalOfCollection

  // Errors.
  case brokenJSON, wrongToken, tokenOfDeletedPod, noToken, goingNamespace, missingMap
  case missingNamespace, badAccept, badContentType, existingMap, expiredList, expiredContinue
  case expiredWatch, overload, contention, futureVersion, refusedConnection, untrustedAuthority

  // Strict validation.
  case unknownFields, duplicateFields, warnings, unknownFieldsApplied, typoInMergePatch
  case nativeSidecar, plainInitContainer, unknownRestartPolicy, neverOnInitContainers
  case restartPolicyOfContainers
}

/// Names the facts that a test holds.
struct HeldFacts: TestTrait {
  let facts: [Fact]
}

extension Trait where Self == HeldFacts {
  static func holds(_ facts: Fact...) -> HeldFacts { HeldFacts(facts: facts) }
}

@Suite struct FactTests {
  @Test func everyFactIsHeldByATest() throws {
    let directory = URL(filePath: #filePath).deletingLastPathComponent()
    var held: Set<String> = []
    let connections = directory.deletingLastPathComponent()
      .appending(path: "operator-sim/EmulatedAPIServer")
    for directory in [directory, connections] {
      let files = try FileManager.default.contentsOfDirectory(atPath: directory.path)
      for file in files where file.hasSuffix("Tests.swift") {
        let text = try String(contentsOf: directory.appending(path: file), encoding: .utf8)
        held.formUnion(Self.names(text))
      }
    }
    #expect(Fact.allCases.map(\.rawValue).filter { !held.contains($0) } == [])
  }

  /// What stands in brackets after `.holds`.
  private static func names(_ source: String) -> [String] {
    source.split(separator: ".holds(").dropFirst().flatMap { rest in
      rest.prefix { $0 != ")" }.split(separator: ",").map {
        $0.filter { $0.isLetter || $0.isNumber }
      }
    }
  }
}
