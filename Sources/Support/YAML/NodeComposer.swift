internal import FilelogJSON

/// Builds nodes from events: resolves anchors, checks keys, and keeps the limits.
struct NodeComposer {
  let events: EventReader
  let file: String
  private let truthValues: YAML.TruthValues
  private var anchors: [String: YAMLNode] = [:]
  private var composed = 0

  init(events: EventReader, file: String, truthValues: YAML.TruthValues = .core) {
    self.events = events
    self.file = file
    self.truthValues = truthValues
  }

  mutating func documents() throws(YAMLError) -> [YAMLNode] {
    var roots: [YAMLNode] = []
    while true {
      let event = try events.next()
      switch event.kind {
      case .streamEnd: return roots
      case .streamStart, .documentEnd: continue
      case .documentStart: beginDocument()
      default: roots.append(try node(event, depth: 0))
      }
    }
  }

  /// The next document and where it stands; nil at the end.
  ///
  /// A document that is YAML but not one that this reader accepts is passed over: the error is its
  /// root, and the next one is read.
  mutating func document() throws(YAMLError) -> YAMLDocument? {
    while true {
      let event = try events.next()
      switch event.kind {
      case .streamEnd: return nil
      case .documentStart(let isExplicit):
        beginDocument()
        return try document(startingWith: event, isExplicit: isExplicit)
      default: continue
      }
    }
  }

  private mutating func document(
    startingWith start: Event, isExplicit: Bool
  ) throws(YAMLError) -> YAMLDocument {
    let root = Result { () throws(YAMLError) in try node(try events.next(), depth: 0) }
    while true {
      let event = try events.next()
      switch event.kind {
      case .documentEnd(let hasEndMark):
        return YAMLDocument(
          start: start.bytes.lowerBound, isExplicit: isExplicit,
          end: hasEndMark ? event.bytes.upperBound : nil, root: root)
      // After an error of its own, libyaml sends no further events.
      case .streamEnd:
        _ = try root.get()
        throw error("a document does not end", event.place)
      default: continue
      }
    }
  }

  private mutating func beginDocument() {
    anchors = [:]
    composed = 0
  }

  private mutating func node(_ event: Event, depth: Int) throws(YAMLError) -> YAMLNode {
    guard depth <= YAMLLimits.depth else {
      throw error("nested deeper than \(YAMLLimits.depth) levels", event.place)
    }
    composed += 1
    try check(count: composed, event.place)
    switch event.kind {
    case .alias(let name): return try repetition(of: name, depth: depth, event)
    case .scalar(let text, let isPlain, let anchor, let tag):
      let value = try scalar(text, isPlain: isPlain, tag: tag, event.place)
      let extent = YAMLNode.Extent(bytes: event.bytes, isFlow: false, isAlias: false)
      return remember(YAMLNode(.scalar(value), event.place, extent, below: []), anchor)
    case .sequenceStart(let anchor, let tag, let isFlow):
      try check(tag, is: "seq", event.place)
      let (elements, end) = try elements(depth: depth, isFlow: isFlow)
      let extent = Self.extent(from: event, to: end, isFlow: isFlow)
      return try collection(.sequence(elements), of: elements, event.place, extent, anchor)
    case .mappingStart(let anchor, let tag, let isFlow):
      try check(tag, is: "map", event.place)
      let (members, end) = try members(depth: depth, isFlow: isFlow)
      let extent = Self.extent(from: event, to: end, isFlow: isFlow)
      return try collection(
        .mapping(members), of: members.map(\.value), event.place, extent, anchor)
    default: throw error("a node is missing", event.place)
    }
  }

  /// The end of a block collection is that of its last child: what libyaml gives is the beginning of
  /// whatever comes next.
  private mutating func elements(
    depth: Int, isFlow: Bool
  ) throws(YAMLError) -> (elements: [YAMLNode], end: Int) {
    var elements: [YAMLNode] = []
    var end = 0
    while true {
      let event = try events.next()
      if case .sequenceEnd = event.kind { return (elements, isFlow ? event.bytes.upperBound : end) }
      let element = try node(event, depth: depth + 1)
      end = max(element.extent.bytes.upperBound, event.bytes.upperBound)
      elements.append(element)
    }
  }

  private mutating func members(
    depth: Int, isFlow: Bool
  ) throws(YAMLError) -> (members: [YAMLNode.Member], end: Int) {
    var builder = MappingBuilder(file: file)
    var end = 0
    while true {
      let event = try events.next()
      if case .mappingEnd = event.kind {
        return (builder.members, isFlow ? event.bytes.upperBound : end)
      }
      guard case .scalar(let key, let isPlain, _, _) = event.kind else {
        throw error("a key must be a plain or quoted text", event.place)
      }
      let value = try node(try events.next(), depth: depth + 1)
      end = value.extent.bytes.upperBound
      if isPlain, key == "<<" {
        try builder.merge(value, at: event.place)
      } else {
        try builder.add(key, value, at: event)
      }
    }
  }

  private static func extent(from start: Event, to end: Int, isFlow: Bool) -> YAMLNode.Extent {
    let first = start.bytes.lowerBound
    return YAMLNode.Extent(bytes: first..<max(first, end), isFlow: isFlow, isAlias: false)
  }

  /// An alias repeats its anchor's node. The copy shares memory, but a reader that walks it pays for every
  /// repetition, so repetitions count against the limit.
  private func repetition(
    of name: String, depth: Int, _ event: Event
  ) throws(YAMLError) -> YAMLNode {
    let place = event.place
    guard var target = anchors[name] else { throw error("no anchor \"\(name)\" before", place) }
    guard depth + target.height <= YAMLLimits.depth else {
      throw error("nested deeper than \(YAMLLimits.depth) levels", place)
    }
    target.extent = YAMLNode.Extent(bytes: event.bytes, isFlow: false, isAlias: true)
    return target
  }

  private mutating func collection(
    _ kind: YAMLNode.Kind, of children: [YAMLNode], _ place: Place, _ extent: YAMLNode.Extent,
    _ anchor: String?
  ) throws(YAMLError) -> YAMLNode {
    let node = YAMLNode(kind, place, extent, below: children)
    try check(count: node.count, place)
    return remember(node, anchor)
  }

  private mutating func remember(_ node: YAMLNode, _ anchor: String?) -> YAMLNode {
    if let anchor { anchors[anchor] = node }
    return node
  }

  private func scalar(
    _ text: String, isPlain: Bool, tag: String?, _ place: Place
  ) throws(YAMLError) -> JSONValue {
    if tag == "!" || tag == CoreSchema.tag("str") || (tag == nil && !isPlain) {
      return .string(text)
    }
    guard let value = CoreSchema.resolve(text, truthValues) else {
      throw error("a number that JSON cannot hold", place)
    }
    guard let tag else { return value }
    switch (tag, value) {
    case (CoreSchema.tag("null"), .null), (CoreSchema.tag("bool"), .bool),
      (CoreSchema.tag("int"), .integer), (CoreSchema.tag("float"), .integer),
      (CoreSchema.tag("float"), .number):
      return value
    default: throw error("tag \(tag) is not supported here", place)
    }
  }

  private func check(count: Int, _ place: Place) throws(YAMLError) {
    guard count <= YAMLLimits.nodes else {
      throw error("more than \(YAMLLimits.nodes) values, repetitions included", place)
    }
  }

  private func check(_ tag: String?, is expected: String, _ place: Place) throws(YAMLError) {
    guard let tag, tag != "!", tag != CoreSchema.tag(expected) else { return }
    throw error("tag \(tag) is not supported here", place)
  }

  private func error(_ message: String, _ place: Place) -> YAMLError {
    YAMLError(file: file, line: place.line, column: place.column, message: message)
  }
}

extension YAMLNode {
  fileprivate init(_ kind: Kind, _ place: Place, _ extent: Extent, below children: [YAMLNode]) {
    line = place.line
    column = place.column
    self.extent = extent
    self.kind = kind
    // Bounded: each child passed the limit of nodes itself.
    count = children.reduce(1) { $0 + $1.count }
    height = 1 + (children.map(\.height).max() ?? -1)
  }
}
