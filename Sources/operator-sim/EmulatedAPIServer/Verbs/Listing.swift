internal import FilelogJSON
internal import HTTPServer

/// Which objects of a collection a request is about.
struct Selection: Sendable {
  /// Nil: all namespaces.
  let namespace: String?
  private let labels: LabelSelector
  private let fields: FieldSelector

  init(_ context: RequestContext) throws(APIStatus) {
    let request = context.request
    namespace = context.kind.isNamespaced ? context.target.namespace.nonEmpty : ""
    labels = try LabelSelector(request.queryValue("labelSelector") ?? "")
    fields = try FieldSelector(request.queryValue("fieldSelector") ?? "", context.kind)
  }

  var isEverything: Bool { labels.isEmpty && fields.isEmpty }

  func matches(_ object: JSONValue) -> Bool {
    labels.matches(object) && fields.matches(object)
  }
}

/// GET on a collection.
struct Listing: Sendable {
  let store: ObjectStore

  /// Where the next part of a list begins.
  private struct Token {
    var revision: Int
    var start: ObjectKey
  }

  func respond(_ context: RequestContext) throws(APIStatus) -> APIResponse {
    let options = try ListOptions(context.request)
    let selection = try Selection(context)
    let limit = options.limit
    let token = try token(options, context.kind)
    var revision = token?.revision
    if token == nil { revision = try exactRevision(options) }
    let listed: (objects: [(key: ObjectKey, object: StoredObject)], revision: Int)
    do {
      listed = try store.list(
        context.kind.qualifiedPlural, namespace: selection.namespace, at: revision)
    } catch {
      throw token == nil
        ? .expired("The resourceVersion for the provided list is too old.")
        : .expired(Self.expiredToken)
    }
    var matching = listed.objects.filter { selection.matches($0.object.value) }[...]
    if let start = token?.start { matching = matching.drop { $0.key < start } }
    let page = limit > 0 ? matching.prefix(limit) : matching
    var list = Self.list(
      page.map(\.object.shown), context.kind, revision: listed.revision)
    if page.count < matching.count {
      let next = matching[matching.startIndex + page.count].key
      list["metadata"]?["continue"] = .string(
        text(Token(revision: listed.revision, start: next)))
      // What a selector leaves out is not counted.
      if selection.isEverything {
        list["metadata"]?["remainingItemCount"] = .integer(matching.count - page.count)
      }
    }
    return .list(list)
  }

  /// A list object; its items do not repeat their kind.
  static func list(_ items: [JSONValue], _ kind: ResourceKind, revision: Int) -> JSONValue {
    let bare = items.map { item in
      var item = item
      item["kind"] = nil
      item["apiVersion"] = nil
      return item
    }
    return [
      "kind": .string(kind.kind + "List"), "apiVersion": .string(kind.apiVersion),
      "metadata": ["resourceVersion": .string(String(revision))], "items": .array(bare),
    ]
  }

  private static let expiredToken =
    "The provided continue parameter is too old to display a consistent list result. You can "
    + "start a new list without the continue parameter."

  /// The revision that a list must show exactly; nil for the newest.
  private func exactRevision(_ options: ListOptions) throws(APIStatus) -> Int? {
    guard let revision = try ResourceVersion.listed(options.resourceVersion), revision > 0 else {
      return nil
    }
    try ResourceVersion.check(revision, isNotAfter: store.revision)
    return options.match == "Exact" ? revision : nil
  }

  private func text(_ token: Token) -> String {
    let json: JSONValue = [
      "v": "meta.k8s.io/v1", "rv": .integer(token.revision),
      "start": .string("\(token.start.namespace)/\(token.start.name)"),
    ]
    return WebToken.encode(JSONWriter.compact.bytes(json))
  }

  private func token(_ options: ListOptions, _ kind: ResourceKind) throws(APIStatus) -> Token? {
    let text = options.continuation
    if text.isEmpty { return nil }
    let json: JSONValue
    do {
      json = try StrictJSONReader.read(WebToken.decode(text[...]) ?? []).value
    } catch {
      throw .badRequest("invalid continue token: continue key is not valid: \(error.message)")
    }
    guard let revision = json["rv"]?.integer, let start = json["start"]?.string,
      let slash = start.firstIndex(of: "/")
    else {
      throw .badRequest(
        "invalid continue token: continue key is not valid: it was not made by this server")
    }
    // The token names the version already.
    if !["", "0"].contains(options.resourceVersion) {
      throw .badRequest("specifying resource version is not allowed when using continue")
    }
    return Token(
      revision: revision,
      start: ObjectKey(
        resource: kind.qualifiedPlural, namespace: String(start[..<slash]),
        name: String(start[start.index(after: slash)...])))
  }
}

/// `resourceVersion` parameters.
enum ResourceVersion {
  /// The revision that a list or a watch starts from; nil when none is asked for.
  static func listed(_ text: String) throws(APIStatus) -> Int? {
    if text.isEmpty { return nil }
    guard let number = number(text) else {
      throw .badRequest("invalid resource version: \(problem(text))")
    }
    return number
  }

  /// The revision that a single object must at least have.
  static func single(_ text: String) throws(APIStatus) -> Int? {
    if text.isEmpty { return nil }
    guard let number = number(text) else { throw .unclassified(problem(text)) }
    return number
  }

  private static func number(_ text: String) -> Int? {
    UInt64(text).flatMap { Int(exactly: $0) }
  }

  private static func problem(_ text: String) -> String {
    let value = GoText.quoted(text)
    return "resourceVersion: Invalid value: \(value): strconv.ParseUint: parsing \(value): "
      + "invalid syntax"
  }

  static func check(_ revision: Int, isNotAfter current: Int) throws(APIStatus) {
    guard revision > current else { return }
    throw APIStatus(
      code: 504, reason: "Timeout",
      message: "Timeout: Too large resource version: \(revision), current: \(current)",
      details: .init(
        causes: [.init(reason: "ResourceVersionTooLarge", message: "Too large resource version")],
        retryAfterSeconds: 1))
  }
}
