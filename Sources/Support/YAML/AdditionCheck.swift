/// Reads a text before and after additions, side by side: what comes out must be what was there, and
/// besides exactly what was added.
struct AdditionCheck {
  private let expected: [Event.Kind]
  private let replaced: Set<Int>
  private let inserted: [Range<Int>]

  /// - Parameter inserted: the bytes of the changed text that are new.
  init(_ splices: [TextAdder.Splice], _ inserted: [Range<Int>]) {
    let sorted = splices.sorted { $0.range.lowerBound < $1.range.lowerBound }
    expected = sorted.flatMap(\.events)
    replaced = Set(sorted.compactMap(\.replaced))
    self.inserted = inserted
  }

  func check(
    _ before: UnsafeBufferPointer<UInt8>, _ after: UnsafeBufferPointer<UInt8>, file: String
  ) throws(YAMLError) {
    guard !inserted.isEmpty else { return }
    let old = EventReader(before, file: file)
    let new = EventReader(after, file: file)
    var number = -1
    var found = 0
    var depth = 0
    var index = 0
    while true {
      let event: Event
      do throws(YAMLError) { event = try new.next() } catch {
        throw failure(file, error.line, error.column)
      }
      if depth > 0 || isNew(event, &index) {
        switch event.kind {
        case .mappingStart, .sequenceStart: depth += 1
        case .mappingEnd, .sequenceEnd: depth -= 1
        default: break
        }
        guard found < expected.count, expected[found] == event.kind else {
          throw failure(file, event.place.line, event.place.column)
        }
        found += 1
        continue
      }
      var kind: Event.Kind
      repeat {
        kind = try old.next().kind
        number += 1
      } while replaced.contains(number)
      if case .streamEnd = kind, isDocumentStart(event.kind) {
        // A text that had no document has one now.
        guard try isEnd(of: new, &found) else {
          throw failure(file, event.place.line, event.place.column)
        }
        return
      }
      guard kind == event.kind else { throw failure(file, event.place.line, event.place.column) }
      if case .documentEnd = kind {
        guard found == expected.count else {
          throw failure(file, event.place.line, event.place.column)
        }
        try compareRest(old, new, file)
        return
      }
    }
  }

  /// Documents behind the first one, which a collector does not read: what was no YAML may stay so.
  private func compareRest(
    _ old: EventReader, _ new: EventReader, _ file: String
  ) throws(YAMLError) {
    while let kind = try? old.next().kind {
      let event: Event
      do throws(YAMLError) { event = try new.next() } catch {
        throw failure(file, error.line, error.column)
      }
      guard kind == event.kind else { throw failure(file, event.place.line, event.place.column) }
      if case .streamEnd = kind { return }
    }
  }

  private func isDocumentStart(_ kind: Event.Kind) -> Bool {
    if case .documentStart = kind { true } else { false }
  }

  /// Whether nothing but what was added comes before the document's end.
  private func isEnd(of new: EventReader, _ found: inout Int) throws(YAMLError) -> Bool {
    while found < expected.count {
      guard try new.next().kind == expected[found] else { return false }
      found += 1
    }
    guard case .documentEnd = try new.next().kind else { return false }
    if case .streamEnd = try new.next().kind { return true }
    return false
  }

  /// What is added are keys, scalars, and collections in brackets or braces.
  /// - Parameter index: of the inserted bytes that the last event did not lie behind.
  private func isNew(_ event: Event, _ index: inout Int) -> Bool {
    switch event.kind {
    case .scalar, .mappingStart(_, _, isFlow: true), .sequenceStart(_, _, isFlow: true): break
    default: return false
    }
    let start = event.bytes.lowerBound
    while index < inserted.count, inserted[index].upperBound <= start { index += 1 }
    return index < inserted.count && inserted[index].contains(start)
  }

  private func failure(_ file: String, _ line: Int, _ column: Int) -> YAMLError {
    YAMLError(
      file: file, line: line, column: column,
      message:
        "the text cannot be extended there without changing something else; write the mapping "
        + "in block style, a key a line")
  }
}
