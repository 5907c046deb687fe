internal import FilelogEncodings
internal import FilelogJSON
internal import FilelogYAML

/// One kubeconfig file: lists of named clusters, users and contexts.
struct KubeconfigFile {
  enum Kind: String { case cluster, user, context }

  /// Embedded certificates make them long; a megabyte is far beyond any.
  private static let limit = 4 << 20

  let path: String
  let root: KubeconfigEntry

  init(_ path: String) throws(ConfigurationError) {
    let bytes = try FileAccess.read(path, limit: Self.limit)
    let documents: [YAMLNode]
    do {
      let found = try YAML.parse(bytes, file: path)
      // To kubectl an empty file is a kubeconfig that defines nothing.
      let isEmpty = found.allSatisfy { $0.value == .null }
      documents = isEmpty ? try YAML.parse(Array("{}".utf8), file: path) : found
    } catch {
      throw ConfigurationError(.malformed, file: path, line: error.line, error.message)
    }
    guard let document = documents.first, case .mapping = document.kind else {
      throw ConfigurationError(.malformed, file: path, line: 1, "the file is not a kubeconfig")
    }
    self.path = path
    root = KubeconfigEntry(file: path, owner: "kubeconfig", node: document)
  }

  /// What the first file that knows it says.
  static func first<Found>(
    in files: [KubeconfigFile], _ look: (KubeconfigFile) throws(ConfigurationError) -> Found?
  ) throws(ConfigurationError) -> Found? {
    for file in files {
      if let found = try look(file) { return found }
    }
    return nil
  }

  /// `{name: …, cluster: {…}}` of the list `clusters`, and so on.
  func entry(_ kind: Kind, _ name: String) throws(ConfigurationError) -> KubeconfigEntry? {
    guard let item = items(kind).first(where: { $0["name"]?.value.string == name }) else {
      return nil
    }
    let owner = "\(kind.rawValue) \"\(name)\""
    guard let node = item[kind.rawValue], case .mapping = node.kind else {
      throw ConfigurationError(
        .malformed, file: path, line: item.line, "\(owner): \(kind.rawValue) is missing")
    }
    return KubeconfigEntry(file: path, owner: owner, node: node)
  }

  func names(_ kind: Kind) -> [String] {
    items(kind).compactMap { $0["name"]?.value.string }
  }

  private func items(_ kind: Kind) -> [YAMLNode] {
    guard case .sequence(let items)? = root.node[kind.rawValue + "s"]?.kind else { return [] }
    return items
  }
}

/// A mapping of a kubeconfig whose fields are looked up with errors that say where.
struct KubeconfigEntry {
  let file: String
  /// `user "me"`, for errors.
  let owner: String
  let node: YAMLNode

  func has(_ field: String) -> Bool {
    guard let value = node[field]?.value else { return false }
    return value != .null && value != ""
  }

  /// Where the field's name stands; where the mapping begins when it has no such field.
  func line(of field: String) -> Int {
    guard case .mapping(let members) = node.kind else { return node.line }
    return members.first { $0.key == field }?.keyLine ?? node.line
  }

  /// Nil when the field is absent, null or empty.
  func text(_ field: String) throws(ConfigurationError) -> String? {
    guard has(field), let value = node[field]?.value else { return nil }
    guard let text = value.string else {
      throw error(.malformed, field, "\(field) must be a text; put it in quotes")
    }
    return text
  }

  func required(_ field: String) throws(ConfigurationError) -> String {
    guard let text = try text(field) else {
      throw error(.empty, field, "\(field) is missing")
    }
    return text
  }

  /// A mapping within this one, with the same owner.
  func member(_ field: String) -> KubeconfigEntry? {
    guard let node = node[field], case .mapping = node.kind else { return nil }
    return KubeconfigEntry(file: file, owner: owner, node: node)
  }

  /// The mappings of a list.
  func members(_ field: String) -> [KubeconfigEntry] {
    guard case .sequence(let items)? = node[field]?.kind else { return [] }
    return items.map { KubeconfigEntry(file: file, owner: owner, node: $0) }
  }

  /// A list of texts; none when the field is absent or null.
  func texts(_ field: String) throws(ConfigurationError) -> [String] {
    guard has(field), let value = node[field]?.value else { return [] }
    let texts = (value.array ?? []).compactMap(\.string)
    guard let count = value.array?.count, texts.count == count else {
      throw error(.malformed, field, "\(field) must be a list of texts; put each in quotes")
    }
    return texts
  }

  func flag(_ field: String) throws(ConfigurationError) -> Bool {
    guard has(field) else { return false }
    guard let flag = node[field]?.value.bool else {
      throw error(.malformed, field, "\(field) must be true or false")
    }
    return flag
  }

  /// A path, seen from the directory of the kubeconfig.
  func path(_ field: String) throws(ConfigurationError) -> String? {
    guard let path = try text(field) else { return nil }
    guard !path.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return path }
    return file[...slash] + path
  }

  /// What `<field>-data` holds as base64, or else the file that `<field>` names.
  func content(_ field: String) throws(ConfigurationError) -> [UInt8]? {
    if let text = try text(field + "-data") {
      let encoded = text.utf8.filter { ![0x20, 0x0a, 0x0d, 0x09].contains($0) }
      guard let bytes = Base64.decode(encoded[...]) else {
        throw error(.malformed, field + "-data", "\(field)-data is not base64")
      }
      return bytes
    }
    guard let path = try path(field) else { return nil }
    do {
      return try FileAccess.read(path, limit: AuthorityFile.limit)
    } catch let problem {
      throw error(problem.code, field, "\(field): \(problem)")
    }
  }

  func error(
    _ code: ConfigurationError.Code, _ field: String, _ detail: String
  ) -> ConfigurationError {
    ConfigurationError(code, file: file, line: line(of: field), "\(owner): \(detail)")
  }
}
