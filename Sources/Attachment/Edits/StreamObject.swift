internal import FilelogJSON
internal import FilelogYAML

/// One Kubernetes object of a stream: a document, or an item of a list.
struct StreamObject {
  /// The index of its document.
  let document: Int
  /// Where it stands in its document: nothing, or `items[3]`.
  let prefix: Path
  let node: YAMLNode
  let value: JSONValue

  var apiVersion: String { value["apiVersion"]?.string ?? "" }
  var kind: String { value["kind"]?.string ?? "" }
  var name: String { value["metadata"]?["name"]?.string ?? "" }
  var namespace: String? { value["metadata"]?["namespace"]?.string }
  var annotations: JSONValue? { value["metadata"]?["annotations"] }

  /// `daemonset/agent`, as kubectl names objects.
  var reference: String { "\(kind.lowercased())/\(name)" }

  /// Whether a user means it; letters may be capital ones.
  func isCalled(_ name: String) -> Bool { reference.lowercased() == name.lowercased() }
}

extension DocumentStream {
  /// All objects, in order. Documents that are not accepted have none.
  var objects: [StreamObject] {
    pieces.enumerated().flatMap { index, piece -> [StreamObject] in
      guard case .success(let root)? = piece.root, case .mapping = root.kind else { return [] }
      let kind = root["kind"]?.value.string ?? ""
      guard kind.hasSuffix("List"), let items = root["items"],
        case .sequence(let nodes) = items.kind
      else { return [StreamObject(document: index, prefix: [], node: root, value: root.value)] }
      return nodes.enumerated().map { position, node in
        StreamObject(
          document: index, prefix: ["items", .index(position)], node: node,
          value: Self.complete(node.value, kind, root["apiVersion"]?.value.string))
      }
    }
  }

  /// Items of a `DaemonSetList` may leave out what they are.
  private static func complete(
    _ item: JSONValue, _ listKind: String, _ apiVersion: String?
  ) -> JSONValue {
    guard item.object != nil, !["List", "ResourceList"].contains(listKind) else { return item }
    var item = item
    item["kind"] = item["kind"] ?? .string(String(listKind.dropLast("List".count)))
    item["apiVersion"] = item["apiVersion"] ?? apiVersion.map(JSONValue.string)
    return item
  }

  /// Changes the text of documents, and checks that it then says exactly what the edits mean.
  /// - Parameter edits: by document.
  mutating func apply(_ edits: [Int: [Edit]], file: String) throws(EditFailure) {
    for (index, edits) in edits.sorted(by: { $0.key < $1.key }) where !edits.isEmpty {
      guard case .success(let root)? = pieces[index].root else { continue }
      let editor = TextEditor(pieces[index].text, root)
      do throws(EditFailure) {
        let (text, node) = try Self.changed(by: edits, with: editor, file: file)
        replace(index, by: text, node)
      } catch {
        var failure = error
        failure.document = index
        throw failure
      }
    }
  }

  private static func changed(
    by edits: [Edit], with editor: TextEditor, file: String
  ) throws(EditFailure) -> (text: [UInt8], root: YAMLNode) {
    if let changed = try apply(edits, with: editor, file: file) { return changed }
    // Each alone tells which.
    let culprit = edits.first { (try? apply([$0], with: editor, file: file)) == nil } ?? edits[0]
    throw EditFailure(
      line: (try? editor.locate(culprit.path).node?.line) ?? editor.root.line,
      path: culprit.path.text,
      reason:
        "the text cannot be changed there without changing another place (an anchor or an alias); "
        + "write it out")
  }

  /// Whose text an edit could not change, which field of it, and in which line of the stream that stands.
  func place(of failure: EditFailure) -> (object: StreamObject?, field: String, line: Int) {
    let object = objects.first { object in
      object.document == failure.document
        && (object.prefix.isEmpty || failure.path.hasPrefix(object.prefix.text + "."))
    }
    let prefix = object?.prefix.text ?? ""
    let line = pieces[..<failure.document].reduce(failure.line) {
      Line.number(of: $1.text.count, in: $1.text) - 1 + $0
    }
    return (object, String(failure.path.dropFirst(prefix.isEmpty ? 0 : prefix.count + 1)), line)
  }

  /// - Returns: nil when the text does not come out as it should.
  private static func apply(
    _ edits: [Edit], with editor: TextEditor, file: String
  ) throws(EditFailure) -> (text: [UInt8], root: YAMLNode)? {
    var splices: [Splice] = []
    for edit in edits { splices += try editor.splices(for: edit) }
    var intended = editor.root.value
    for edit in edits.innermostFirst { edit.apply(to: &intended) }
    guard let text = Splice.apply(splices, to: editor.text),
      let documents = try? DocumentStream.documents(text, file: file), documents.count == 1,
      case .success(let node)? = documents.first?.root, node.value == intended
    else { return nil }
    return (text, node)
  }
}

extension [Edit] {
  /// An order in which no edit changes the indices in another's path.
  fileprivate var innermostFirst: [Edit] {
    enumerated().sorted { one, other in
      let first = (-one.element.path.count, -one.element.insertionIndex, one.offset)
      return first < (-other.element.path.count, -other.element.insertionIndex, other.offset)
    }.map(\.element)
  }
}

extension Edit {
  fileprivate var insertionIndex: Int {
    if case .insert(_, let index, _) = self { index } else { 0 }
  }
}
