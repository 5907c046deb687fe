public import FilelogJSON

/// A program that gives credentials, as kubeconfigs of managed clusters name one (`users[].user.exec`,
/// the API `client.authentication.k8s.io`): `aws eks get-token`, `gke-gcloud-auth-plugin`, `kubelogin`.
public struct ExecPlugin: Hashable, Sendable {
  /// A name that is searched in `PATH`, or a path.
  public var command: String
  /// What follows it.
  public var arguments: [String]
  /// Variables beside those of this process; what stands here counts.
  public var environment: [String: String]
  /// `client.authentication.k8s.io/v1` or `…/v1beta1`.
  public var apiVersion: String
  /// For users who do not have the program.
  public var installHint: String?
  /// Whether it may ask the user something.
  public var interactiveMode: InteractiveMode
  /// What it is told of the cluster, where it asks for that; `spec.cluster` of its input.
  public var cluster: JSONValue?

  /// What `interactiveMode` may say.
  public enum InteractiveMode: String, Hashable, Sendable, CaseIterable {
    /// It never reads standard input.
    case never = "Never"
    /// It reads standard input where that is a terminal.
    case ifAvailable = "IfAvailable"
    /// It does not work without a terminal.
    case always = "Always"
  }

  /// The versions of the plugins' API that are spoken.
  public static let apiVersions = [
    "client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1",
  ]

  /// A plugin with these parts.
  public init(
    command: String, arguments: [String] = [], environment: [String: String] = [:],
    apiVersion: String = Self.apiVersions[0], installHint: String? = nil,
    interactiveMode: InteractiveMode = .ifAvailable, cluster: JSONValue? = nil
  ) {
    self.command = command
    self.arguments = arguments
    self.environment = environment
    self.apiVersion = apiVersion
    self.installHint = installHint
    self.interactiveMode = interactiveMode
    self.cluster = cluster
  }

  /// What the program finds in `KUBERNETES_EXEC_INFO`.
  func input(isInteractive: Bool) -> String {
    var spec: JSONValue = ["interactive": .bool(isInteractive)]
    spec["cluster"] = cluster
    return JSONWriter.compact.string([
      "apiVersion": .string(apiVersion), "kind": "ExecCredential", "spec": spec,
    ])
  }
}
