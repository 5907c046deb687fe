internal import FilelogJSON

/// Finds out where a text has to be changed for additions, in one pass over its events.
struct TextAdder {
  /// Bytes that others take the place of.
  struct Splice {
    let range: Range<Int>
    let text: String
    /// What the text is, as libyaml will see it.
    let events: [Event.Kind]
    /// The number of the event that goes with the bytes.
    var replaced: Int?
  }

  private let buffer: UnsafeBufferPointer<UInt8>
  private let events: EventReader
  private let target: AdditionTarget
  private let file: String
  private(set) var splices: [Splice] = []
  /// The paths of optional mappings that the text does not have.
  private(set) var absent: [[String]] = []

  /// The number of the last event.
  private var number = -1
  private var aliases: Set<String> = []
  /// Anchors of nodes that are changed, with where they stand.
  private var changedAnchors: [String: Place] = [:]

  init(_ buffer: UnsafeBufferPointer<UInt8>, _ target: AdditionTarget, file: String) {
    self.buffer = buffer
    self.target = target
    self.file = file
    events = EventReader(buffer, file: file)
  }

  mutating func run() throws(YAMLError) {
    while true {
      let event = try next()
      switch event.kind {
      case .streamStart: continue
      case .documentStart:
        try mapping(try next(), target, Way())
        // The end of the document, or what is wrong with it.
        _ = try next()
      case .streamEnd: addDocument()
      default: throw error("is not a mapping", event.place, [])
      }
      break
    }
    for (anchor, place) in changedAnchors.sorted(by: { $0.key < $1.key })
    where aliases.contains(anchor) {
      throw YAMLError(
        file: file, line: place.line, column: place.column,
        message:
          "the anchor \"\(anchor)\" is used elsewhere too, so it cannot be changed here alone; "
          + "write it out")
    }
  }

  /// The text with all changes, and which of its bytes are new.
  var changed: (bytes: [UInt8], inserted: [Range<Int>]) {
    var bytes: [UInt8] = []
    var inserted: [Range<Int>] = []
    var position = 0
    for splice in splices.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
      bytes += buffer[position..<splice.range.lowerBound]
      let start = bytes.count
      bytes += splice.text.utf8
      inserted.append(start..<bytes.count)
      position = splice.range.upperBound
    }
    bytes += buffer[position...]
    return (bytes, inserted)
  }

  // MARK: Nodes

  /// How a node is reached.
  private struct Way {
    var path: [String] = []
    var anchors: [(name: String, place: Place)] = []

    /// The same, through a node with an anchor.
    func below(_ anchor: String?, _ place: Place) -> Way {
      guard let anchor else { return self }
      var way = self
      way.anchors.append((anchor, place))
      return way
    }
  }

  private mutating func next() throws(YAMLError) -> Event {
    number += 1
    let event = try events.next()
    if case .alias(let name) = event.kind { aliases.insert(name) }
    return event
  }

  private mutating func mapping(
    _ event: Event, _ target: AdditionTarget, _ way: Way
  ) throws(YAMLError) {
    switch event.kind {
    case .mappingStart(let anchor, _, let isFlow):
      try members(event, target, way.below(anchor, event.place), isFlow: isFlow)
    case .scalar(let text, let isPlain, let anchor, _) where isPlain && CoreSchema.isNull(text):
      guard let value = target.value else {
        absent += target.absent(way.path)
        return
      }
      replace(event, text, by: value, way.below(anchor, event.place))
    case .alias: throw error("is an alias; write it out", event.place, way.path)
    default: throw error("is not a mapping", event.place, way.path)
    }
  }

  private mutating func members(
    _ start: Event, _ target: AdditionTarget, _ way: Way, isFlow: Bool
  ) throws(YAMLError) {
    var seen: Set<String> = []
    var hasMembers = false
    var mergeKey: Place?
    while true {
      let key = try next()
      if case .mappingEnd = key.kind { break }
      hasMembers = true
      guard case .scalar(let name, let isPlain, _, _) = key.kind else {
        try skip(key)
        try skip(try next())
        continue
      }
      if isPlain, name == "<<" { mergeKey = key.place }
      if let first = Self.firstPart(name), target.concerns(first) {
        throw error("is written with ::; write mappings", key.place, way.path + [name])
      }
      guard target.concerns(name) else {
        try skip(try next())
        continue
      }
      guard seen.insert(name).inserted else {
        throw error("stands there twice", key.place, way.path + [name])
      }
      let value = try next()
      var inner = way
      inner.path.append(name)
      if let child = target.children[name] {
        try mapping(value, child, inner)
      } else if let texts = target.elements[name] {
        try list(value, texts, inner)
      } else if let member = target.members[name] {
        try scalar(value, member, inner)
      }
    }
    var new: [(key: String, value: JSONValue)] = target.members.map { ($0.key, $0.value) }
    let inherited = target.children.keys.filter { !seen.contains($0) }
    let lists = target.elements.keys.filter { !seen.contains($0) }
    if let mergeKey, let key = (inherited + lists).min() {
      throw error("may come from a merge key (<<); write it out", mergeKey, way.path + [key])
    }
    new += lists.map { ($0, .array((target.elements[$0] ?? []).map(JSONValue.string))) }
    for key in inherited.sorted() {
      if let value = target.children[key]?.value { new.append((key, value)) }
      absent += target.children[key]?.absent(way.path + [key]) ?? []
    }
    new = new.filter { !seen.contains($0.key) }.sorted { $0.key < $1.key }
    guard !new.isEmpty else { return }
    let texts = new.map { "\(Self.key($0.key)): \(JSONWriter.compact.string($0.value))" }
    let kinds = new.flatMap { [Self.keyEvent($0.key)] + Self.events(of: $0.value) }
    insert(texts, kinds, at: start.bytes.upperBound, isFlow: isFlow, isFirst: !hasMembers, way)
  }

  private mutating func list(
    _ event: Event, _ texts: [String], _ way: Way
  ) throws(YAMLError) {
    switch event.kind {
    case .scalar(let text, let isPlain, let anchor, _) where isPlain && CoreSchema.isNull(text):
      replace(
        event, text, by: .array(texts.map(JSONValue.string)), way.below(anchor, event.place))
    case .sequenceStart(let anchor, _, let isFlow):
      var present: Set<String> = []
      var hasElements = false
      while true {
        let element = try next()
        if case .sequenceEnd = element.kind { break }
        hasElements = true
        if case .scalar(let text, _, _, _) = element.kind { present.insert(text) }
        try skip(element)
      }
      var new: [String] = []
      for text in texts where present.insert(text).inserted { new.append(text) }
      guard !new.isEmpty else { return }
      let written = new.map { JSONWriter.compact.string(.string($0)) }
      var place = event.bytes.upperBound
      if !isFlow, place > 0, buffer[place - 1] == UInt8(ascii: "-") { place -= 1 }
      insert(
        isFlow ? written : written.map { "- " + $0 },
        new.map { .scalar(text: $0, isPlain: false, anchor: nil, tag: nil) },
        at: place, isFlow: isFlow, isFirst: !hasElements, way.below(anchor, event.place))
    case .alias: throw error("is an alias; write it out", event.place, way.path)
    default: throw error("is not a list", event.place, way.path)
    }
  }

  private mutating func scalar(
    _ event: Event, _ value: JSONValue, _ way: Way
  ) throws(YAMLError) {
    guard case .scalar(let text, _, _, _) = event.kind else {
      throw error("has a value already; rename it", event.place, way.path)
    }
    if value.string != text { replace(event, text, by: value, way) }
  }

  /// Reads to the end of a node.
  private mutating func skip(_ event: Event) throws(YAMLError) {
    var depth = 0
    var event = event
    while true {
      switch event.kind {
      case .mappingStart, .sequenceStart: depth += 1
      case .mappingEnd, .sequenceEnd: depth -= 1
      default: break
      }
      guard depth > 0 else { return }
      guard depth <= YAMLLimits.depth else {
        throw error("nested deeper than \(YAMLLimits.depth) levels", event.place, [])
      }
      event = try next()
    }
  }

  // MARK: Changes

  /// A text without any document gets one.
  private mutating func addDocument() {
    absent += target.absent([])
    guard let value = target.value else { return }
    splices.append(
      Splice(
        range: buffer.count..<buffer.count, text: lines(value, at: buffer.count),
        events: Self.events(of: value)))
  }

  /// A value between two lines.
  private func lines(_ value: JSONValue, at place: Int) -> String {
    let needsBreak = place > 0 && buffer[place - 1] != UInt8(ascii: "\n")
    return (needsBreak ? "\n" : "") + JSONWriter.compact.string(value) + "\n"
  }

  private mutating func replace(_ event: Event, _ text: String, by value: JSONValue, _ way: Way) {
    noteChange(way)
    let isLeftOut = text.isEmpty && event.bytes.isEmpty
    let new =
      if isLeftOut, way.path.isEmpty {
        // The place of an empty document is where the next one begins.
        lines(value, at: event.bytes.lowerBound)
      } else {
        (isLeftOut ? " " : "") + JSONWriter.compact.string(value)
      }
    splices.append(
      Splice(range: event.bytes, text: new, events: Self.events(of: value), replaced: number))
  }

  /// - Parameter place: where the first member or element begins, or would.
  private mutating func insert(
    _ texts: [String], _ events: [Event.Kind], at place: Int, isFlow: Bool, isFirst: Bool,
    _ way: Way
  ) {
    noteChange(way)
    var text = ""
    if isFlow {
      text = texts.joined(separator: ", ") + (isFirst ? "" : ", ")
    } else {
      let lineBreak = lineBreak + String(repeating: " ", count: column(of: place))
      for line in texts { text += line + lineBreak }
    }
    splices.append(Splice(range: place..<place, text: text, events: events))
  }

  private mutating func noteChange(_ way: Way) {
    for anchor in way.anchors { changedAnchors[anchor.name] = anchor.place }
  }

  private var lineBreak: String {
    let lineFeed = buffer.firstIndex(of: UInt8(ascii: "\n")) ?? 0
    return lineFeed > 0 && buffer[lineFeed - 1] == UInt8(ascii: "\r") ? "\r\n" : "\n"
  }

  /// In characters, from 0; a byte order mark is none.
  private func column(of place: Int) -> Int {
    var column = 0
    var index = place
    while index > 0, buffer[index - 1] != UInt8(ascii: "\n"),
      buffer[index - 1] != UInt8(ascii: "\r")
    {
      index -= 1
      if buffer[index] & 0xc0 != 0x80 { column += 1 }
    }
    return index == 0 && buffer.starts(with: [0xef, 0xbb, 0xbf]) && column > 0 ? column - 1 : column
  }

  // MARK: Texts

  /// What stands before `::`, by which collectors write nested mappings.
  private static func firstPart(_ key: String) -> String? {
    let bytes = Array(key.utf8)
    let colon = UInt8(ascii: ":")
    guard
      let index = bytes.indices.dropLast().first(where: {
        bytes[$0] == colon && bytes[$0 + 1] == colon
      })
    else { return nil }
    return String(decoding: bytes[..<index], as: UTF8.self)
  }

  private static func key(_ key: String) -> String {
    YAML.isPlain(key) ? key : JSONWriter.compact.string(.string(key))
  }

  private static func keyEvent(_ key: String) -> Event.Kind {
    .scalar(text: key, isPlain: YAML.isPlain(key), anchor: nil, tag: nil)
  }

  /// What libyaml sees of a value in JSON.
  private static func events(of value: JSONValue) -> [Event.Kind] {
    switch value {
    case .array(let elements):
      [.sequenceStart(anchor: nil, tag: nil, isFlow: true)] + elements.flatMap(events)
        + [.sequenceEnd]
    case .object(let members):
      [.mappingStart(anchor: nil, tag: nil, isFlow: true)]
        + members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.flatMap {
          [.scalar(text: $0.key, isPlain: false, anchor: nil, tag: nil)] + events(of: $0.value)
        } + [.mappingEnd]
    case .string(let text): [.scalar(text: text, isPlain: false, anchor: nil, tag: nil)]
    default:
      [
        .scalar(
          text: JSONWriter.compact.string(value), isPlain: true, anchor: nil, tag: nil)
      ]
    }
  }

  private func error(_ problem: String, _ place: Place, _ path: [String]) -> YAMLError {
    let name = path.isEmpty ? "the document" : path.joined(separator: ".")
    return YAMLError(
      file: file, line: place.line, column: place.column, message: "\(name) \(problem)")
  }
}
