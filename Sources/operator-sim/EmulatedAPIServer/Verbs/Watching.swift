internal import FilelogJSON
internal import FilelogText
internal import HTTPServer

/// GET with `watch=true`: changes, as they happen.
struct Watching: Sendable {
  let store: ObjectStore

  /// How often a client that asked for them hears where the stream stands.
  private static let bookmarkInterval = Duration.seconds(60)

  func respond(_ context: RequestContext) throws(APIStatus) -> APIResponse {
    let request = context.request
    let options = try ListOptions(request, isWatch: true)
    let selection = try Selection(context)
    let form = try MediaTypes.representation(accept: request.headers["Accept"])
    let start = try start(options)
    let seconds = options.timeoutSeconds
    // Without a wish the real server ends a watch after a random time of half an hour to an hour.
    let stream = WatchStream(
      store: store, kind: context.kind, selection: selection, form: form, now: context.now,
      namespace: selection.namespace, start: start,
      sendsBookmarks: options.allowsBookmarks,
      lifetime: .seconds(seconds > 0 ? seconds : 1800), bookmarkInterval: Self.bookmarkInterval)
    return .fixed(
      HTTPServerResponse(
        status: 200,
        headers: HTTPHeaders([
          ("Cache-Control", "no-cache, private"), ("Content-Type", "application/json"),
        ]), body: .stream { writer in try stream.run(writer) }))
  }

  private func start(_ options: ListOptions) throws(APIStatus) -> WatchStream.Start {
    // A revision that is still to come is waited for.
    let revision = try ResourceVersion.single(options.resourceVersion) ?? 0
    return switch options.sendsInitialEvents {
    case true?: .everything(thenBookmark: true)
    case false?: revision == 0 ? .now : .after(revision)
    case nil: revision == 0 ? .everything(thenBookmark: false) : .after(revision)
    }
  }
}

/// One watch while it runs.
struct WatchStream: Sendable {
  enum Start: Sendable {
    /// All objects as if they had just been created, then what happens.
    case everything(thenBookmark: Bool)
    case now
    case after(Int)
  }

  let store: ObjectStore
  let kind: ResourceKind
  let selection: Selection
  let form: Representation
  let now: Timestamp
  let namespace: String?
  let start: Start
  let sendsBookmarks: Bool
  let lifetime: Duration
  let bookmarkInterval: Duration

  /// The watch ends in its middle, as by a broken connection.
  struct CutOff: Error {}

  func run(_ writer: HTTPBodyWriter) throws {
    let end = ContinuousClock.now + lifetime
    let cuts = store.watchCuts
    // No event is a list, so none can be shown as one.
    if form.shape == .metadataList { return }
    store.addWatcher(writer.waker)
    defer { store.removeWatcher(writer.waker) }
    var position = try begin(writer)
    var bookmark = ContinuousClock.now + bookmarkInterval
    while true {
      do {
        let (events, revision) = try store.events(after: position, of: kind.qualifiedPlural)
        for event in events { try send(event, writer) }
        position = max(position, revision)
      } catch let compacted as ObjectStore.Compacted {
        try sendError(
          .expired("too old resource version: \(position) (\(compacted.oldest + 1))"), writer)
        return
      }
      switch writer.wait(until: sendsBookmarks ? min(end, bookmark) : end) {
      case .ended: return
      case .woken: if store.watchCuts != cuts { throw CutOff() }
      case .timedOut:
        if sendsBookmarks { try sendBookmark(position, [:], writer) }
        if ContinuousClock.now >= end { return }
        bookmark = ContinuousClock.now + bookmarkInterval
      }
    }
  }

  /// - Returns: the revision after which events are to be sent.
  private func begin(_ writer: HTTPBodyWriter) throws -> Int {
    switch start {
    case .after(let revision): return revision
    case .now: return store.revision
    case .everything(let thenBookmark):
      let listed = try store.list(kind.qualifiedPlural, namespace: namespace)
      for (_, object) in listed.objects where selection.matches(object.value) {
        try send("ADDED", object.shown, writer)
      }
      if thenBookmark, sendsBookmarks {
        let annotations: JSONValue = ["k8s.io/initial-events-end": "true"]
        try sendBookmark(listed.revision, ["annotations": annotations], writer)
      }
      return listed.revision
    }
  }

  /// An object that a selector no longer covers counts as deleted, one that it newly covers as
  /// added.
  private func send(_ event: StoreEvent, _ writer: HTTPBodyWriter) throws {
    if let namespace, event.key.namespace != namespace { return }
    let before = event.before.flatMap { selection.matches($0.value) ? $0 : nil }
    let after = event.after.flatMap { selection.matches($0.value) ? $0 : nil }
    switch (before, after) {
    case (nil, nil): break
    case (nil, let after?): try send("ADDED", after.shown, writer)
    case (_?, let after?): try send("MODIFIED", after.shown, writer)
    case (let before?, nil):
      let last = StoredObject(value: before.value, revision: event.revision)
      try send("DELETED", last.shown, writer)
    }
  }

  private func send(_ type: String, _ object: JSONValue, _ writer: HTTPBodyWriter) throws {
    try sendRaw(type, try ResponseForm.transformed(object, form, now: now), writer)
  }

  private func sendBookmark(
    _ revision: Int, _ metadata: JSONValue, _ writer: HTTPBodyWriter
  ) throws {
    var metadata = metadata
    metadata["resourceVersion"] = .string(String(revision))
    let object: JSONValue = [
      "kind": .string(kind.kind), "apiVersion": .string(kind.apiVersion), "metadata": metadata,
    ]
    try sendRaw("BOOKMARK", try ResponseForm.transformed(object, form, now: now), writer)
  }

  private func sendError(_ status: APIStatus, _ writer: HTTPBodyWriter) throws {
    try sendRaw("ERROR", status.json, writer)
  }

  private func sendRaw(_ type: String, _ object: JSONValue, _ writer: HTTPBodyWriter) throws {
    var object = object
    // Only the first table says what its columns are.
    if form.shape == .table, writer.written > 0, type != "ERROR" {
      object["columnDefinitions"] = .some(.null)
    }
    let event: JSONValue = ["type": .string(type), "object": object]
    try writer.write(ResponseWriter.bytes(event) + [UInt8(ascii: "\n")])
  }
}
