internal import CFilelogYAML

/// One thing that libyaml saw, in Swift's terms.
struct Event {
  let kind: Kind
  let place: Place
  /// The bytes of the input that the event stands for; empty for a value that is left out.
  let bytes: Range<Int>

  enum Kind: Hashable {
    case streamStart, streamEnd, sequenceEnd, mappingEnd
    /// Explicit: with `---` before it.
    case documentStart(isExplicit: Bool)
    /// Explicit: with `...` after it.
    case documentEnd(isExplicit: Bool)
    case alias(String)
    case scalar(text: String, isPlain: Bool, anchor: String?, tag: String?)
    case sequenceStart(anchor: String?, tag: String?, isFlow: Bool)
    case mappingStart(anchor: String?, tag: String?, isFlow: Bool)
  }
}

/// Counted from 1.
struct Place {
  let line: Int
  let column: Int

  fileprivate init(_ mark: yaml_mark_t) {
    line = Int(mark.line) + 1
    column = Int(mark.column) + 1
  }
}

/// libyaml's event parser. All calls into it stand in this file.
///
/// Must not outlive the buffer it reads from.
final class EventReader {
  /// On the heap because libyaml keeps pointers into it.
  private let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
  private let file: String
  private let offsets: ByteOffsets

  init(_ buffer: UnsafeBufferPointer<UInt8>, file: String) {
    self.file = file
    offsets = ByteOffsets(buffer)
    // Fails only without memory, where Swift's own allocations would trap as well.
    precondition(yaml_parser_initialize(parser) == 1, "no memory for a YAML parser")
    yaml_parser_set_input_string(parser, buffer.baseAddress, buffer.count)
  }

  deinit {
    yaml_parser_delete(parser)
    parser.deallocate()
  }

  func next() throws(YAMLError) -> Event {
    var event = yaml_event_t()
    guard yaml_parser_parse(parser, &event) == 1 else { throw failure() }
    defer { yaml_event_delete(&event) }
    let start = offsets.byte(ofCharacter: Int(event.start_mark.index))
    let end = offsets.byte(ofCharacter: Int(event.end_mark.index))
    return Event(
      kind: Self.kind(of: event), place: Place(event.start_mark), bytes: start..<max(start, end))
  }

  private static func kind(of event: yaml_event_t) -> Event.Kind {
    switch event.type {
    case YAML_STREAM_START_EVENT: return .streamStart
    case YAML_DOCUMENT_START_EVENT:
      return .documentStart(isExplicit: event.data.document_start.implicit == 0)
    case YAML_DOCUMENT_END_EVENT:
      return .documentEnd(isExplicit: event.data.document_end.implicit == 0)
    case YAML_SEQUENCE_END_EVENT: return .sequenceEnd
    case YAML_MAPPING_END_EVENT: return .mappingEnd
    case YAML_ALIAS_EVENT: return .alias(text(event.data.alias.anchor) ?? "")
    case YAML_SCALAR_EVENT:
      let scalar = event.data.scalar
      let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
      return .scalar(
        text: String(decoding: bytes, as: UTF8.self),
        isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE,
        anchor: text(scalar.anchor), tag: text(scalar.tag))
    case YAML_SEQUENCE_START_EVENT:
      let start = event.data.sequence_start
      return .sequenceStart(
        anchor: text(start.anchor), tag: text(start.tag),
        isFlow: start.style == YAML_FLOW_SEQUENCE_STYLE)
    case YAML_MAPPING_START_EVENT:
      let start = event.data.mapping_start
      return .mappingStart(
        anchor: text(start.anchor), tag: text(start.tag),
        isFlow: start.style == YAML_FLOW_MAPPING_STYLE)
    default: return .streamEnd
    }
  }

  private static func text(_ pointer: UnsafePointer<yaml_char_t>?) -> String? {
    pointer.map { String(cString: $0) }
  }

  private func failure() -> YAMLError {
    let message = parser.pointee.problem.map { String(cString: $0) } ?? "not YAML"
    // An error of the byte reader has no mark, only the offset that it stands at.
    let isEncoding = parser.pointee.error == YAML_READER_ERROR
    let place = Place(isEncoding ? parser.pointee.mark : parser.pointee.problem_mark)
    return YAMLError(file: file, line: place.line, column: place.column, message: message)
  }
}
