import FilelogCommandLine
import FilelogJSON
import FilelogKubernetesAPI
import FoundationEssentials
import Reconciler

/// `operator-sim completion-values`: what a shell offers after options whose values the cluster or a
/// kubeconfig knows. Started by completion scripts, so the overview does not list it.
let completionValuesCommand = Command(
  name: CommandLineTool.valuesCommandName,
  summary: "print what can stand after an option",
  discussion: """
    Prints contexts, namespaces, releases or nodes, a line each; nothing where they cannot be had at \
    once.
    """,
  options: [],
  operands: .any(name: "WORD", help: "What is asked for, then, after --, the command line so far."),
  examples: [Command.Example("completion-values contexts", "The contexts of the kubeconfig")]
) { call in
  guard let kind = call.operands.first.flatMap(CompletionValues.init) else { return .usage }
  for value in (try? kind.values(Array(call.operands.dropFirst()))) ?? [] {
    call.console.writeLine(value)
  }
  return .success
}

/// What only a cluster or a kubeconfig knows.
enum CompletionValues: String, CaseIterable {
  case contexts
  case namespaces
  case releases
  case nodes

  /// By the options that take them, whatever the command.
  static let kinds = [
    "--context": contexts.rawValue, "--namespace": namespaces.rawValue,
    "--release": releases.rawValue, "--node": nodes.rawValue,
  ]

  /// A shell waits for it at every press of a key.
  private static let patience = Duration.seconds(2)

  /// - Parameter words: the command line so far, of which the options that name a cluster count.
  func values(_ words: [String]) throws -> [String] {
    var given: [String: [String]] = [:]
    for (option, value) in zip(words, words.dropFirst()) where option.hasPrefix("-") {
      let name = option == "-n" ? namespaceOption.name : option
      given[name] = [value]
    }
    if self == .contexts {
      let paths =
        given["--kubeconfig"]
        ?? ClusterConfiguration.kubeconfigPaths(environment: ProcessInfo.processInfo.environment)
      return try ClusterConfiguration.contexts(
        paths: paths.filter { FileManager.default.fileExists(atPath: $0) })
    }
    let call = try Invocation(
      parsing: ["--kubeconfig", "--context", "--server", "--token-file", "--certificate-authority"]
        .flatMap { name in (given[name] ?? []).flatMap { [name, $0] } },
      options: clusterOptions)
    let client = KubernetesClient(try clusterConfiguration(call), userAgent: fieldManager)
    let end = ContinuousClock.now + Self.patience
    client.isCancelled = { _ in ContinuousClock.now > end }
    switch self {
    case .contexts: return []
    case .namespaces: return try names("Namespace", client)
    case .nodes: return try names("Node", client)
    case .releases:
      return try ReleaseSummary.list(client, namespace: given[namespaceOption.name]?.last)
        .map(\.release)
    }
  }

  private func names(_ kind: String, _ client: KubernetesClient) throws -> [String] {
    guard let type = ResourceType.named(kind) else { return [] }
    return try (client.listMetadata(type, namespace: nil, labels: [:]) ?? [])
      .compactMap { $0["metadata"]?["name"]?.string }
  }
}
