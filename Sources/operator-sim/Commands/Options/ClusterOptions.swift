import FilelogCommandLine
import FilelogKubernetesAPI
import FoundationEssentials
import Glibc

/// The options of every command that works on a cluster.
let clusterOptions: [CommandOption] = [
  .value(
    "--kubeconfig", "FILE",
    help: "The cluster; default: where kubectl looks, then, in a pod, the pod's own cluster."),
  .value("--context", "NAME", help: "The context of the kubeconfig.").called("--kube-context"),
  .value("--server", "URL", help: "The API server, in place of a kubeconfig.")
    .called("--kube-apiserver"),
  .value("--as", "USER", help: "As whom requests are sent, where your own user may do that.")
    .called("--kube-as-user"),
  .repeated("--as-group", "GROUP", help: "With --as: a group of that user's.")
    .called("--kube-as-group"),
  .value("--as-uid", "UID", help: "With --as: that user's UID."),
  .value("--token-file", "FILE", help: "With --server: the bearer token.")
    .called("--token", "--kube-token"),
  .value(
    "--certificate-authority", "FILE",
    help: "With --server: whose signature its certificate has; default: the system's authorities."),
  .value("--request-timeout", "TIME", help: "How long one request may take; 45s."),
]

/// The option of every command that works on one release in a cluster.
let namespaceOption = CommandOption.value(
  "--namespace", short: "-n", "NS",
  help: "The operator's own namespace; default: that of the kubeconfig's context.")

/// The namespace that a command line with ``namespaceOption`` names.
func releaseNamespace(
  _ call: Invocation, _ cluster: ClusterConfiguration
) throws(UsageError) -> String {
  if let namespace = call.value("--namespace") ?? cluster.namespace { return namespace }
  throw UsageError("--namespace NS is missing, and no context of a kubeconfig names one")
}

/// The cluster that a command line with ``clusterOptions`` names. Proxies of the environment are used,
/// as kubectl does.
/// - Throws: ``UsageError`` or `ConfigurationError`.
func clusterConfiguration(
  _ call: Invocation, environment: [String: String] = ProcessInfo.processInfo.environment
) throws -> ClusterConfiguration {
  var configuration = try namedCluster(call, environment)
  configuration.usesEnvironmentProxy = true
  if let user = call.value("--as") {
    configuration.impersonation = Impersonation(
      user: user, groups: call.values("--as-group"), uid: call.value("--as-uid"))
  } else if let option = ["--as-group", "--as-uid"].first(where: { call.has($0) }) {
    throw UsageError("\(option) goes with --as")
  }
  if call.has("--request-timeout") {
    let limit = try call.duration("--request-timeout", default: .zero)
    guard limit > .zero else { throw UsageError("--request-timeout: expected a time above zero") }
    configuration.requestTimeout = limit
  }
  return configuration
}

/// A client for commands that read once; one that the API server tells to come later does so.
func commandClient(
  _ configuration: ClusterConfiguration, userAgent: String = fieldManager
) -> KubernetesClient {
  let client = KubernetesClient(configuration, userAgent: userAgent)
  client.wait = { time in
    let milliseconds = useconds_t(time / .milliseconds(1))
    usleep(milliseconds * 1000)
  }
  return client
}

private func namedCluster(
  _ call: Invocation, _ environment: [String: String]
) throws -> ClusterConfiguration {
  if let server = call.value("--server") { return try serverConfiguration(server, call) }
  for option in ["--token-file", "--certificate-authority"] where call.value(option) != nil {
    throw UsageError("\(option) goes with --server")
  }
  let context = call.value("--context")
  if let path = call.value("--kubeconfig") {
    return try ClusterConfiguration.kubeconfig(path: path, context: context)
  }
  let paths = ClusterConfiguration.kubeconfigPaths(environment: environment)
  // Those that are missing are passed over, as by kubectl.
  let existing = paths.filter { FileManager.default.fileExists(atPath: $0) }
  let hasFile = !existing.isEmpty
  if !hasFile, context == nil, environment["KUBERNETES_SERVICE_HOST"]?.isEmpty == false {
    return try ClusterConfiguration.inCluster(environment: environment)
  }
  guard hasFile else {
    let places = paths.isEmpty ? "" : " (\(paths.joined(separator: ", ")))"
    throw UsageError(
      "which cluster? There is no kubeconfig\(places); name one with --kubeconfig, or the API server "
        + "with --server")
  }
  return try ClusterConfiguration.kubeconfig(paths: existing, context: context)
}

private func serverConfiguration(
  _ server: String, _ call: Invocation
) throws(UsageError) -> ClusterConfiguration {
  for option in ["--kubeconfig", "--context"] where call.value(option) != nil {
    throw UsageError("\(option) does not go with --server")
  }
  guard server.hasPrefix("https://") || server.hasPrefix("http://") else {
    throw UsageError("--server: expected a URL like https://10.0.0.1:6443, found \"\(server)\"")
  }
  var url = server[...]
  while url.hasSuffix("/") { url.removeLast() }
  return ClusterConfiguration(
    server: String(url),
    authorities: call.value("--certificate-authority").map { .file($0) } ?? .system,
    token: call.value("--token-file").map { .file($0) } ?? .none)
}
