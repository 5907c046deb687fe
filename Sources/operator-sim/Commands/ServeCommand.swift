import DesiredState
import EmulatedAPIServer
import FilelogCommandLine
import FilelogSystemCalls
import FoundationEssentials

/// `operator-sim serve`: an emulated API server until a signal ends it.
let serveCommand = Command(
  name: "serve",
  summary: "answer a part of the Kubernetes API on loopback, faithfully, with faults on demand",
  discussion: """
    Starts an API server on 127.0.0.1 for kubectl and any other client: namespaces, nodes, pods, \
    config maps, secrets, service accounts and their tokens, services, events, daemon sets, roles, \
    bindings and validating admission policies; all verbs, watches, server-side apply, dry runs, \
    role-based access, and the limits and refusals of a real API server.

    It is not a cluster: nothing schedules or runs pods, no webhook is called, lists and watches \
    have no protobuf form, priority and runtime classes are those of a bare cluster, and what it \
    does not do is answered 404, 406 or 501. Admission policies that deny are enforced, those with \
    parameters are not.

    The kubeconfig it writes holds a token that may do anything on this server. Other users: \
    kubectl --as NAME, kubectl create token SERVICEACCOUNT.

    Faults go wrong on purpose. --fault sets one from the start; POST /operator-sim/faults sets \
    one while it runs, GET lists them, DELETE takes them back. A fault is a line of words. Which \
    requests: verb=, resource=, namespace=, name=, user=, node=, path=, with * for any text. When: \
    after=2s, for=10s, times=3, rate=0.25. What: latency=500ms, status=503, retry-after=2, \
    expired-token, reset, cut=100, watch-cut=5s, outage; committed carries a request out before \
    it fails. POST /operator-sim/watches/cut cuts every watch, POST \
    /operator-sim/history/compact makes older watches end with 410.
    """,
  options: [
    .value("--port", "PORT", help: "Listen on this port of 127.0.0.1; by default a free one."),
    .value(
      "--kubeconfig-out", "FILE",
      help: "Write the kubeconfig here; by default into the directory for temporary files."),
    .value(
      "--data", "FILE",
      help: """
        Keep the state in this file, across restarts and kills; by default in memory only. A file \
        belongs to one server at a time.
        """),
    .repeated("--fault", "FAULT", help: "Let something go wrong; see above."),
    .value(
      "--kubernetes-version", "VERSION",
      help: "The version that clients are told, v1.36.0 by default."),
    .flag("--plain-http", help: "HTTP without TLS."),
    .flag("--log-requests", help: "One line on standard error for every request."),
  ],
  examples: [
    Command.Example(
      "serve --port 6443 --kubeconfig-out kubeconfig",
      "Then: kubectl --kubeconfig kubeconfig get namespaces"),
    Command.Example(
      "serve --data state.jsonl --fault 'verb=patch resource=configmaps status=503 times=3'",
      "Keep the state, and refuse the first three patches of config maps"),
    Command.Example(
      "serve --fault 'verb=watch watch-cut=30s' --fault 'rate=0.1 latency=2s'",
      "Cut every watch after 30 s, and let every tenth request wait 2 s"),
  ]
) { call in
  let signals = TerminationSignals()
  let server = try emulatedServer(call)
  let endpoint = try server.start()
  defer { server.stop() }
  let path = call.value("--kubeconfig-out") ?? temporaryKubeconfig(port: endpoint.port)
  try File.write(
    Array(endpoint.kubeconfig(token: endpoint.adminToken).utf8), to: path, mode: 0o600)
  call.console.write(
    """
    emulated API server on \(endpoint.url); it keeps its state \(
      call.value("--data").map { "in \($0)" } ?? "in memory")
      export KUBECONFIG=\(path)
      kubectl get namespaces
      echo 'verb=patch status=503 times=3' | kubectl create --raw /operator-sim/faults -f -
    stop it with Ctrl-C

    """)
  signals.wait()
  server.stop()
  call.console.writeLine("stopped")
  return .success
}

private func emulatedServer(_ call: Invocation) throws -> EmulatedAPIServer {
  var options = EmulatedAPIOptions()
  options.port = UInt16(try call.integer("--port", in: 0...65_535, default: 0))
  options.isTLS = !call.has("--plain-http")
  options.dataFile = call.value("--data")
  if let text = call.value("--kubernetes-version") { options.gitVersion = try gitVersion(text) }
  if call.has("--log-requests") {
    options.observer = { [console = call.console] in console.writeError(requestLine($0)) }
  }
  let faults = try call.values("--fault").map { text throws(UsageError) in
    do throws(FaultTextError) {
      return try Fault(parsing: text)
    } catch {
      throw UsageError("--fault: \(error.description)")
    }
  }
  let server = try EmulatedAPIServer(options)
  for fault in faults { server.addFault(fault) }
  return server
}

/// `v1.31.0` of `1.31`
private func gitVersion(_ text: String) throws(UsageError) -> String {
  guard KubernetesVersion(text) != nil else {
    throw UsageError("--kubernetes-version: expected a version like v1.36.0, found \"\(text)\"")
  }
  let version = text.hasPrefix("v") ? text : "v" + text
  return version.contains("+") || version.split(separator: ".").count > 2 ? version : version + ".0"
}

private func temporaryKubeconfig(port: UInt16) -> String {
  let directory = FileManager.default.temporaryDirectory.path
  return directory + (directory.hasSuffix("/") ? "" : "/") + "operator-sim-\(port).kubeconfig"
}

/// `200 patch configmaps monitoring/offsets by admin, 120 B in, 551 B out, 2 ms`
private func requestLine(_ record: RequestRecord) -> String {
  let place = record.namespace.isEmpty ? record.name : "\(record.namespace)/\(record.name)"
  let subject = record.resource.isEmpty ? record.path : "\(record.resource) \(place)"
  let (seconds, attoseconds) = record.duration.components
  let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
  let status = record.isBroken ? "broken" : String(record.status)
  return
    "\(status) \(record.verb) \(subject) by \(record.user.isEmpty ? "an anonymous user" : record.user), "
    + "\(record.requestBytes) B in, \(record.responseBytes) B out, \(milliseconds) ms"
}
