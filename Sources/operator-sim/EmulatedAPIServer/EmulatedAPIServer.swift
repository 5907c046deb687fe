internal import FilelogJSON
internal import FilelogText
internal import FoundationEssentials
public import HTTPServer
internal import Synchronization

/// A part of the Kubernetes API on loopback, faithful enough that clients cannot tell: for tests
/// and simulations. It is not a cluster: nothing schedules or runs pods.
public final class EmulatedAPIServer: Sendable {
  private let options: EmulatedAPIOptions
  let handler: APIHandler
  private let tokens: TokenAuthority
  private let identity: TLSIdentity?
  private let faults = FaultPlan()
  private let http = HTTPSlot()
  private let namespaceController: NamespaceController

  /// The running server, if any.
  private final class HTTPSlot: Sendable {
    let server = Mutex<HTTPServer?>(nil)

    func reconsider() { server.withLock { $0 }?.reconsiderAvailability() }
  }

  /// - Throws: when the data file cannot be read, does not hold the state of an emulator, or cannot be written.
  public init(_ options: EmulatedAPIOptions = EmulatedAPIOptions()) throws {
    self.options = options
    let store = ObjectStore(historyLimit: options.historyLimit)
    var settings = try ServerSettings.fresh()
    if let path = options.dataFile {
      let journal = try Journal(path: path, settings: settings.json)
      settings = try ServerSettings(journal.contents.settings, file: path)
      store.restore(journal)
    }
    let now: @Sendable () -> Timestamp = { [now = options.now] in
      Timestamp(seconds: Int(now().timeIntervalSince1970.rounded(.down)))
    }
    namespaceController = NamespaceController(store: store, now: now)
    let newID: @Sendable () -> String = { [newID = options.newID] in
      newID().uuidString.lowercased()
    }
    tokens = TokenAuthority(
      token: WebToken(key: settings.tokenKey), store: store, now: now, newID: newID)
    identity = options.isTLS ? settings.identity : nil
    handler = APIHandler(
      store: store, tokens: tokens,
      writer: ObjectWriter(
        store: store, admission: PolicyAdmission(store: store), newUID: newID),
      faults: faults,
      control: ControlEndpoint(faults: faults, store: store) { [http] in http.reconsider() },
      newSuffix: { NameSuffix.from(newID()) }, gitVersion: options.gitVersion, now: now)
    Bootstrap(store: store, now: now, newUID: newID).run()
  }

  /// Opens the port and responds from then on.
  public func start() throws(HTTPServerError) -> EmulatedAPIEndpoint {
    var limits = HTTPServerLimits()
    limits.bodyBytes = APIHandler.bodyLimit
    let server = HTTPServer(
      port: options.port, tls: identity, limits: limits,
      availability: { [faults] now in
        let (isOut, until) = faults.outage(now)
        return HTTPServer.Availability(isOpen: !isOut, until: until)
      },
      oversized: { [self] in respond(to: $0, isOversized: true) },
      handler: { [self] in respond(to: $0, isOversized: false) })
    let port = try server.start()
    try namespaceController.start(watching: handler.store)
    http.server.withLock { $0 = server }
    let admin = Identity(name: "admin", groups: ["system:masters"])
    return EmulatedAPIEndpoint(
      host: "127.0.0.1", port: port, caPEM: identity?.caPEM, adminToken: tokens.userToken(admin))
  }

  /// Closes the port and waits for every request to end. Does nothing when not started.
  public func stop() {
    let server = http.server.withLock { server in
      defer { server = nil }
      return server
    }
    guard let server else { return }
    server.stop()
    namespaceController.stop(watching: handler.store)
  }

  /// Lets something go wrong from now on.
  /// - Returns: the number by which ``removeFault(_:)`` takes it back.
  @discardableResult
  public func addFault(_ fault: Fault) -> Int {
    defer { http.reconsider() }
    return faults.add(fault)
  }

  /// Takes a fault back; one that is over already is gone anyway.
  public func removeFault(_ id: Int) {
    _ = faults.remove(id)
    http.reconsider()
  }

  /// Takes every fault back; the server responds as it should.
  public func removeAllFaults() {
    faults.removeAll()
    http.reconsider()
  }

  /// Ends every watch in its middle, as a broken connection would.
  public func cutWatches() { handler.store.cutWatches() }

  /// Forgets old versions, so that older watches and lists get a 410.
  public func compactHistory() { handler.store.compact() }

  /// A token for a user of that name; it does not expire.
  public func issueToken(
    user: String, groups: [String] = [], extra: [String: [String]] = [:]
  ) -> String {
    tokens.userToken(Identity(name: user, groups: groups, extra: extra))
  }

  /// A token for a service account, as a kubelet projects it into a pod.
  /// - Parameters:
  ///   - name: the service account.
  ///   - namespace: of the service account and the pod.
  ///   - pod: the pod that it is bound to: it is good only while that pod exists. It also names the
  ///     pod's node.
  ///   - lifetime: until it expires.
  /// - Throws: ``EmulatedObjectMissing`` when that service account or pod does not exist.
  public func issueToken(
    serviceAccount name: String, namespace: String, pod: String? = nil,
    lifetime: Duration = .seconds(3600)
  ) throws(EmulatedObjectMissing) -> String {
    var binding = TokenAuthority.Binding()
    if let pod {
      let found = try object("pods", namespace, pod)
      binding = .init(pod: found.value, name: pod, uid: found.uid, handler.store)
    }
    return tokens.serviceAccountToken(
      namespace: namespace, name: name,
      uid: try object("serviceaccounts", namespace, name).uid ?? "", binding: binding,
      audiences: [TokenAuthority.issuer], lifetime: Int(lifetime.components.seconds)
    ).token
  }

  private func object(
    _ resource: String, _ namespace: String, _ name: String
  ) throws(EmulatedObjectMissing) -> StoredObject {
    let key = ObjectKey(resource: resource, namespace: namespace, name: name)
    guard let found = handler.store.object(key) else {
      throw EmulatedObjectMissing(resource: resource, namespace: namespace, name: name)
    }
    return found
  }

  /// Responds to a request without a connection, on the caller's thread; ``start()`` is not needed.
  ///
  /// Observers hear of it as of any other. What a fault does to the connection is up to the caller:
  /// see the response's `delivery`. An outage closes a port, so it does not reach here.
  public func respond(to request: HTTPServerRequest) -> HTTPServerResponse {
    respond(to: request, isOversized: request.body.count > APIHandler.bodyLimit)
  }

  private func respond(to request: HTTPServerRequest, isOversized: Bool) -> HTTPServerResponse {
    if let answer = options.answer(request) { return answer }
    let start = ContinuousClock.now
    var outcome = handler.outcome(request, isOversized: isOversized)
    outcome.response.headers.append("Audit-Id", options.newID().uuidString.lowercased())
    let observer = options.observer
    switch outcome.response.body {
    case .bytes(let bytes):
      observer(RequestRecord(request, outcome, bytes.count, ContinuousClock.now - start))
    case .stream(let produce):
      let responded = outcome
      outcome.response.body = .stream { writer in
        defer {
          observer(RequestRecord(request, responded, writer.written, ContinuousClock.now - start))
        }
        try produce(writer)
      }
    }
    return outcome.response
  }
}

extension RequestRecord {
  init(
    _ request: HTTPServerRequest, _ outcome: APIHandler.Outcome, _ responseBytes: Int,
    _ duration: Duration
  ) {
    let target = outcome.target.resource
    self.init(
      user: outcome.identity?.name ?? "", nodeName: outcome.identity?.nodeName,
      verb: target?.verb ?? request.method.lowercased(), resource: target?.resource ?? "",
      namespace: target?.namespace ?? "", name: target?.name ?? "", path: request.path,
      requestBytes: request.body.count, responseBytes: responseBytes,
      status: outcome.response.status, isBroken: outcome.response.delivery != .whole,
      duration: duration, changed: outcome.changed, storedBytes: outcome.storedBytes)
  }
}
