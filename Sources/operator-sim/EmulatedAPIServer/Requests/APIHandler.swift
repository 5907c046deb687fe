internal import FilelogJSON
internal import FilelogText
internal import HTTPServer

/// Takes a request apart, finds out who sent it and whether they may, and has it carried out.
struct APIHandler: Sendable {
  let store: ObjectStore
  let tokens: TokenAuthority
  let writer: ObjectWriter
  let faults: FaultPlan
  let control: ControlEndpoint
  let newSuffix: @Sendable () -> String
  let gitVersion: String
  let now: @Sendable () -> Timestamp

  private var authorizer: Authorizer { Authorizer(store: store) }

  /// What is known about a request besides its response.
  struct Outcome {
    var response: HTTPServerResponse
    var target: RequestTarget
    var identity: Identity?
    var changed: Bool
    var storedBytes: Int
  }

  func outcome(_ request: HTTPServerRequest, isOversized: Bool = false) -> Outcome {
    let target = RequestTarget(request)
    let notes = RequestNotes()
    let isIndented = ResponseForm.isForPeople(request)
    var identity: Identity?
    var response: HTTPServerResponse
    do {
      let caller = try authenticated(request)
      identity = caller
      let fault = faults.due(FaultSubject(request, target, caller))
      response = try Self.met(by: fault, request) { () throws(APIStatus) in
        try respond(request, target, caller, notes, isOversized: isOversized)
      }
    } catch {
      response = ResponseForm.refusal(error, isIndented: isIndented)
    }
    for warning in notes.warnings {
      response.headers.append("Warning", "299 - \(GoText.quoted(warning))")
    }
    return Outcome(
      response: response, target: target, identity: identity, changed: notes.changed,
      storedBytes: notes.storedBytes)
  }

  /// Responds to a request that a fault meets.
  private static func met(
    by fault: Fault?, _ request: HTTPServerRequest,
    _ respond: () throws(APIStatus) -> HTTPServerResponse
  ) throws(APIStatus) -> HTTPServerResponse {
    guard let fault else { return try respond() }
    if fault.latency > .zero { _ = request.pause(for: fault.latency) }
    if fault.isCommitted { _ = try? respond() }
    switch fault.effect {
    case .none, .outage: return try respond()
    case .status(let code, let retryAfter):
      return FaultResponses.status(code, retryAfter: retryAfter)
    case .expiredToken: throw .unauthorized
    case .reset: return HTTPServerResponse(status: 200, delivery: .reset)
    case .cut(let count):
      var response = try respond()
      response.delivery = .cut(afterBytes: count)
      return response
    case .cutWatch(let lifetime):
      var response = try respond()
      if case .stream = response.body { response.delivery = .cutAfter(lifetime) }
      return response
    }
  }

  private func authenticated(_ request: HTTPServerRequest) throws(APIStatus) -> Identity {
    guard let header = request.headers["Authorization"] else { return .anonymous }
    let parts = header.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "bearer" else { return .anonymous }
    guard var identity = tokens.identity(of: String(parts[1])) else { throw .unauthorized }
    if !identity.groups.contains("system:authenticated") {
      identity.groups.append("system:authenticated")
    }
    return try Impersonation.applied(request, identity, authorizer)
  }

  private func respond(
    _ request: HTTPServerRequest, _ target: RequestTarget, _ identity: Identity,
    _ notes: RequestNotes, isOversized: Bool
  ) throws(APIStatus) -> HTTPServerResponse {
    switch target {
    case .path(let path):
      let verb = request.method.lowercased()
      guard authorizer.allows(identity, AccessRequest(verb: verb, target: .path(path))) else {
        throw .forbidden(
          group: "", resource: "", name: "",
          "User \(GoText.quoted(identity.name)) cannot \(verb) path \(GoText.quoted(path))")
      }
      if ControlEndpoint.owns(path) { return try control.respond(request) }
      return try Discovery(gitVersion: gitVersion).respond(request, path)
    case .resource(let target):
      try authorizer.check(identity, target)
      guard
        let kind = ResourceRegistry.find(
          group: target.group, version: target.version, plural: target.plural)
      else {
        if let review = AccessReviews.respond(
          target, request, identity, authorizer, now: now())
        {
          return try ResponseForm(request: request, now: now()).response(try review.get())
        }
        guard Discovery.serves(group: target.group, version: target.version) else {
          return .text(404, "404 page not found\n")
        }
        throw .unknownResource
      }
      if request.method == "HEAD" { throw .methodNotAllowed() }
      if isOversized { throw .tooLarge("limit is \(APIHandler.bodyLimit)") }
      let context = RequestContext(
        request: request, target: target, kind: kind, identity: identity, now: now(), notes: notes)
      return try ResponseForm(request: request, now: context.now).response(try respond(context))
    }
  }

  /// The largest request body, in bytes.
  static let bodyLimit = 3 << 20

  private func respond(_ context: RequestContext) throws(APIStatus) -> APIResponse {
    let (kind, target) = (context.kind, context.target)
    if kind.isNamespaced, target.namespace.isEmpty, target.verb != "list", target.verb != "watch" {
      throw .methodNotAllowed()
    }
    if target.name.isEmpty, ["update", "patch"].contains(target.verb) { throw .methodNotAllowed() }
    let isSubresource = !target.subresource.isEmpty
    if isSubresource, !kind.subresources.contains(target.subresource) {
      let first = String(target.subresource.prefix { $0 != "/" })
      guard kind.otherSubresources.contains(first) else { throw .unknownResource }
      throw .notEmulated("\(kind.plural)/\(first)")
    }
    if target.subresource == "token" {
      guard target.verb == "create" else { throw .methodNotAllowed() }
      return try TokenRequests(store: store, tokens: tokens).respond(context)
    }
    switch target.verb {
    case "get": return try get(context)
    case "list": return try Listing(store: store).respond(context)
    case "watch": return try Watching(store: store).respond(context)
    case "create" where !isSubresource && target.name.isEmpty:
      return try Creating(writer: writer, newSuffix: newSuffix).respond(context)
    case "update": return try Updating(writer: writer, authorizer: authorizer).respond(context)
    case "patch": return try Patching(writer: writer, authorizer: authorizer).respond(context)
    case "delete" where !isSubresource:
      return try Deleting(store: store, admission: writer.admission).respond(context)
    case "deletecollection" where !isSubresource && kind.verbs.contains(target.verb):
      return try Deleting(store: store, admission: writer.admission).respondToCollection(context)
    default: throw .methodNotAllowed()
    }
  }

  private func get(_ context: RequestContext) throws(APIStatus) -> APIResponse {
    let text = context.request.queryValue("resourceVersion") ?? ""
    if let revision = try ResourceVersion.single(text) {
      try ResourceVersion.check(revision, isNotAfter: store.revision)
    }
    guard let stored = store.object(context.key(context.target.name)) else {
      throw .notFound(context.kind, context.target.name)
    }
    return .stored(stored)
  }
}

extension FaultSubject {
  init(_ request: HTTPServerRequest, _ target: RequestTarget, _ identity: Identity) {
    var found: ResourceTarget?
    if case .resource(let resource) = target { found = resource }
    let subresource = found?.subresource ?? ""
    self.init(
      verb: found?.verb ?? request.method.lowercased(),
      resource: (found?.plural ?? "") + (subresource.isEmpty ? "" : "/\(subresource)"),
      namespace: found?.namespace ?? "", name: found?.name ?? "", user: identity.name,
      node: identity.nodeName ?? "", path: request.path)
  }
}
