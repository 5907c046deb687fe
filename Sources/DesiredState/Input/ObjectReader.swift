internal import FilelogJSON
internal import FilelogText

/// Reads a mapping whose keys are known, and notes the ones that are not.
final class ObjectReader {
  private let reader: ValueReader
  private let members: [String: SourcedValue]
  /// Where problems of members go: nowhere when there is no mapping at all, since each of them would
  /// be reported missing.
  private let memberLog: ProblemLog
  private var known: Set<String> = []
  /// Known keys that are not for users to write.
  private var internals: Set<String> = []

  /// The keys that were asked for so far.
  var knownKeys: Set<String> { known }

  init(_ reader: ValueReader, isSecret: Bool = false) {
    self.reader = reader
    switch reader.value?.kind {
    case nil:
      members = [:]
      memberLog = reader.log
    case .mapping(let members):
      self.members = members
      memberLog = reader.log
    default:
      members = [:]
      memberLog = ProblemLog()
      reader.reject(expected: "a mapping", isSecret: isSecret)
    }
  }

  func reject(found: String, expected: String) {
    reader.reject(found: found, expected: expected)
  }

  /// The reader of one member, whether or not it is there.
  subscript(_ key: String) -> ValueReader {
    known.insert(key)
    return ValueReader(
      keyPath: path(key), value: members[key], parent: reader.origin, log: memberLog,
      typing: reader.typing)
  }

  /// The reader of a member that is known and never offered.
  func `internal`(_ key: String) -> ValueReader {
    internals.insert(key)
    return self[key]
  }

  /// Members that are known to have no effect here, whatever is in them.
  func accept(_ keys: [String]) { known.formUnion(keys) }

  /// Notes every member that was never asked for.
  func rejectUnknownKeys() {
    let offered = known.subtracting(internals)
    for key in unknownKeys {
      if let meant = Spelling.closest(to: key, among: offered) {
        rejectUnknown(key, meant: meant)
      } else {
        reader.log.add(
          origin(key), path(key), found: "an unknown key",
          expected: "one of " + offered.sorted().joined(separator: ", "))
      }
    }
  }

  /// Notes a key that stands too deep: below members of any other names, as values of a chart that has
  /// this one as a part.
  func rejectNested(_ key: String, expected: String) {
    for name in unknownKeys {
      guard let value = members[name], let (way, found) = Self.nested(key, in: value, [name]) else {
        continue
      }
      known.insert(name)
      reader.log.add(
        found.origin, path(way.joined(separator: ".")),
        found: "\(SourcedValue.quote(key)) below "
          + SourcedValue.quote(way.dropLast().joined(separator: ".")),
        expected: expected)
    }
  }

  /// Notes a key that stands below itself.
  func rejectRepeated(_ key: String, expected: String) {
    guard case .mapping? = members[key]?.kind, !known.contains(key) else { return }
    known.insert(key)
    reader.log.add(
      members[key]?.origin ?? reader.origin, path(key),
      found: "\(SourcedValue.quote(key)) below itself", expected: expected)
  }

  /// A mapping of this name, at most three levels down.
  private static func nested(
    _ key: String, in value: SourcedValue, _ way: [String]
  ) -> (way: [String], value: SourcedValue)? {
    guard way.count <= 3, case .mapping(let members) = value.kind else { return nil }
    if let found = members[key], case .mapping = found.kind { return (way + [key], found) }
    for (name, member) in members.sorted(by: { $0.key < $1.key }) {
      if let found = nested(key, in: member, way + [name]) { return found }
    }
    return nil
  }

  /// Members that nothing is read from.
  struct Ignored {
    /// Those that are known to belong to other components.
    var foreign: [(path: String, value: JSONValue)] = []
    /// Paths of those that no component is known to read, with what was perhaps meant.
    var unknown: [String] = []
  }

  /// Sorts the members that were never asked for: those that look like a slip in a known key are
  /// problems, the rest is ignored.
  /// - Parameters:
  ///   - foreign: keys that are known to belong to other components, however much they look alike.
  ///   - elsewhere: known keys of other levels and their full paths, to recognise a key that is
  ///     merely indented wrongly.
  func ignoreUnknownKeys(
    foreign: Set<String>, elsewhere: [String: String]
  ) -> Ignored {
    var ignored = Ignored()
    for key in unknownKeys {
      if foreign.contains(key) {
        if let value = members[key] { ignored.foreign.append((path(key), value.json)) }
      } else if let meant = Spelling.closest(to: key, among: known) {
        rejectUnknown(key, meant: meant)
      } else if let place = elsewhere[key]
        ?? elsewhere.first(where: { Spelling.isSame(key, $0.key) })?.value
      {
        rejectUnknown(key, meant: place)
      } else {
        let meant = Spelling.closest(to: key, among: foreign).map { " (did you mean \($0)?)" }
        ignored.unknown.append(path(key) + (meant ?? ""))
      }
    }
    return ignored
  }

  private var unknownKeys: [String] {
    Set(members.keys).union(nulls.keys).subtracting(known).sorted()
  }

  /// Members that null took away.
  private var nulls: [String: Origin] {
    reader.typing == .printed ? reader.log.nulls[reader.keyPath] ?? [:] : [:]
  }

  private func origin(_ key: String) -> Origin {
    members[key]?.origin ?? nulls[key] ?? reader.origin
  }

  private func rejectUnknown(_ key: String, meant: String) {
    reader.log.addUnknownKey(origin(key), path(key), meant: meant)
  }

  private func path(_ key: String) -> String {
    reader.keyPath.isEmpty ? key : "\(reader.keyPath).\(key)"
  }
}
