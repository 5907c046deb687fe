internal import CFilelogYAML
internal import FilelogJSON

/// libyaml's emitter. All calls into it stand in this file.
enum DocumentEmitter {
  static func text(of value: JSONValue) -> String {
    let output = Output()
    // On the heap because libyaml keeps pointers into it.
    let emitter = Emitter.allocate(capacity: 1)
    precondition(yaml_emitter_initialize(emitter) == 1, "no memory for a YAML emitter")
    defer {
      yaml_emitter_delete(emitter)
      emitter.deallocate()
    }
    yaml_emitter_set_output(
      emitter,
      { context, buffer, size in
        guard let context, let buffer else { return 0 }
        let output = Unmanaged<Output>.fromOpaque(context).takeUnretainedValue()
        output.bytes += UnsafeBufferPointer(start: buffer, count: size)
        return 1
      }, Unmanaged.passUnretained(output).toOpaque())
    yaml_emitter_set_unicode(emitter, 1)
    yaml_emitter_set_width(emitter, -1)
    var event = yaml_event_t()
    yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING)
    emit(&event, emitter)
    yaml_document_start_event_initialize(&event, nil, nil, nil, 1)
    emit(&event, emitter)
    append(value, emitter)
    yaml_document_end_event_initialize(&event, 1)
    emit(&event, emitter)
    yaml_stream_end_event_initialize(&event)
    emit(&event, emitter)
    return String(decoding: output.bytes, as: UTF8.self)
  }

  private typealias Emitter = UnsafeMutablePointer<yaml_emitter_t>

  private final class Output {
    var bytes: [UInt8] = []
  }

  /// Every event here is well-formed by construction and the output is memory, so the only failure
  /// left is a lack of memory.
  private static func emit(_ event: inout yaml_event_t, _ emitter: Emitter) {
    let result = yaml_emitter_emit(emitter, &event)
    precondition(result == 1, "libyaml refused an event")
  }

  private static func append(_ value: JSONValue, _ emitter: Emitter) {
    var event = yaml_event_t()
    switch value {
    case .null: append("null", YAML_PLAIN_SCALAR_STYLE, emitter)
    case .bool(let flag): append(flag ? "true" : "false", YAML_PLAIN_SCALAR_STYLE, emitter)
    case .integer(let number): append(String(number), YAML_PLAIN_SCALAR_STYLE, emitter)
    case .number(let number): append(ScalarText.of(number), YAML_PLAIN_SCALAR_STYLE, emitter)
    case .string(let text): append(text, style(of: text), emitter)
    case .array(let elements):
      yaml_sequence_start_event_initialize(&event, nil, nil, 1, YAML_BLOCK_SEQUENCE_STYLE)
      emit(&event, emitter)
      for element in elements { append(element, emitter) }
      yaml_sequence_end_event_initialize(&event)
      emit(&event, emitter)
    case .object(let members):
      yaml_mapping_start_event_initialize(&event, nil, nil, 1, YAML_BLOCK_MAPPING_STYLE)
      emit(&event, emitter)
      let sorted = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      for (key, member) in sorted {
        // A key of several lines is legal only in quotes.
        append(key, key.contains("\n") ? YAML_DOUBLE_QUOTED_SCALAR_STYLE : style(of: key), emitter)
        append(member, emitter)
      }
      yaml_mapping_end_event_initialize(&event)
      emit(&event, emitter)
    }
  }

  private static func style(of text: String) -> yaml_scalar_style_t {
    switch ScalarText.style(of: text) {
    case .plain: YAML_PLAIN_SCALAR_STYLE
    case .quoted: YAML_DOUBLE_QUOTED_SCALAR_STYLE
    case .literal: YAML_LITERAL_SCALAR_STYLE
    }
  }

  private static func append(
    _ text: String, _ style: yaml_scalar_style_t, _ emitter: Emitter
  ) {
    var event = yaml_event_t()
    var bytes = Array(text.utf8)
    let count = Int32(bytes.count)
    let isPlain: Int32 = style == YAML_PLAIN_SCALAR_STYLE ? 1 : 0
    // An empty array has no address, and libyaml wants one.
    bytes.append(0)
    yaml_scalar_event_initialize(&event, nil, nil, bytes, count, isPlain, 1, style)
    emit(&event, emitter)
  }
}
