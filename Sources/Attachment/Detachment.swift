internal import FilelogJSON
internal import FilelogYAML

/// Takes back everything that attach did to a stream.
struct Detachment {
  let file: String
  /// Which objects it concerns.
  let concerns: (StreamObject) -> Bool
  private(set) var detached: [String] = []
  private(set) var failure: (object: String, message: String)?

  init(file: String, concerns: @escaping (StreamObject) -> Bool) {
    self.file = file
    self.concerns = concerns
  }

  /// - Returns: whether it succeeded; else ``failure`` says why not, and the stream is as before.
  mutating func run(_ stream: inout DocumentStream) throws(Attacher.InvalidInput) -> Bool {
    let objects = stream.objects
    var edits: [Int: [Edit]] = [:]
    var removals: Set<Int> = []
    var items: [Int: Set<Int>] = [:]
    let owners = objects.filter { object in
      object.annotations?[AttachmentRecord.annotation] != nil && concerns(object)
    }
    for object in owners {
      do throws(AttachmentRecord.Unreadable) {
        let text = object.annotations?[AttachmentRecord.annotation]?.string ?? ""
        let record = try AttachmentRecord(text)
        edits[object.document, default: []] += record.edits(of: object.value).map {
          $0.below(object.prefix)
        }
        detached.append(object.reference)
      } catch {
        failure = (object.reference, "annotation \(AttachmentRecord.annotation): \(error.reason)")
        return false
      }
    }
    for object in objects where isAdded(object, of: owners, among: objects) {
      if case .index(let index)? = object.prefix.last {
        items[object.document, default: []].insert(index)
      } else {
        removals.insert(object.document)
      }
    }
    for (document, indices) in items {
      edits[document, default: []].append(.remove(["items"], indices, leaving: .collection))
    }
    let before = stream
    do throws(EditFailure) {
      try stream.apply(edits, file: file)
    } catch {
      // A text that was written anew since then no longer fits.
      stream = before
      do throws(EditFailure) {
        try stream.apply(edits.mapValues { $0.map(\.withoutText) }, file: file)
      } catch {
        let place = before.place(of: error)
        failure = (
          place.object?.reference ?? file, "\(place.field): \(error.reason) (\(file):\(place.line))"
        )
        stream = before
        return false
      }
    }
    stream.change(adding: [:], removing: removals)
    return true
  }

  /// Whether attach added an object for one of these, or for one that is here without a record, as
  /// after an upgrade by its vendor.
  private func isAdded(
    _ object: StreamObject, of owners: [StreamObject], among objects: [StreamObject]
  ) -> Bool {
    guard let owner = object.annotations?[AttachmentRecord.ownerAnnotation]?.string else {
      return false
    }
    return objects.contains { candidate in
      candidate.reference == owner && concerns(candidate)
        && (object.namespace == nil || candidate.namespace == nil
          || object.namespace == candidate.namespace)
    }
  }
}

extension Edit {
  /// The same, with members written anew.
  fileprivate var withoutText: Edit {
    guard case .restore(let path, let key, let member, _) = self else { return self }
    return .restore(path, key, to: member, text: "")
  }
}
