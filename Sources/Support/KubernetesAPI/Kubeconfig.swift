extension ClusterConfiguration {
  /// Reads one context of a kubeconfig file.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - context: nil takes the file's `current-context`.
  /// - Throws: ``ConfigurationError`` with the file and the line.
  public static func kubeconfig(
    path: String, context: String? = nil
  ) throws(ConfigurationError) -> ClusterConfiguration {
    try kubeconfig(paths: [path], context: context)
  }

  /// Reads one context of several kubeconfig files, as `KUBECONFIG` names them: where two define the
  /// same name, the earlier file counts. Files that name other files do so from their own directory.
  public static func kubeconfig(
    paths: [String], context: String? = nil
  ) throws(ConfigurationError) -> ClusterConfiguration {
    var files: [KubeconfigFile] = []
    for path in paths { files.append(try KubeconfigFile(path)) }
    let last = files.last?.path
    let name: String
    if let context {
      name = context
    } else if let current = try KubeconfigFile.first(
      in: files,
      { file throws(ConfigurationError) in
        try file.root.text("current-context")
      })
    {
      name = current
    } else {
      throw ConfigurationError(
        .noContext, file: last,
        "there is no current-context; contexts are: \(Self.names(.context, files))")
    }
    let chosen = try Self.entry(.context, name, files, asked: nil)
    let cluster = try Self.entry(
      .cluster, try chosen.required("cluster"), files, asked: chosen)
    let user =
      if let name = try chosen.text("user") {
        try Self.entry(.user, name, files, asked: chosen)
      } else { KubeconfigEntry?.none }
    return try KubeconfigReader.configuration(
      cluster: cluster, user: user, namespace: try chosen.text("namespace"))
  }

  /// The names of all contexts that kubeconfig files define, sorted.
  public static func contexts(paths: [String]) throws(ConfigurationError) -> [String] {
    var names: Set<String> = []
    for path in paths { names.formUnion(try KubeconfigFile(path).names(.context)) }
    return names.sorted()
  }

  /// Where kubectl looks: the files of `KUBECONFIG`, else `~/.kube/config`. Those that do not exist are
  /// passed over by kubectl as long as one does.
  public static func kubeconfigPaths(environment: [String: String]) -> [String] {
    let listed = (environment["KUBECONFIG"] ?? "").split(separator: ":").map(String.init)
    guard listed.isEmpty else { return listed }
    guard let home = environment["HOME"], !home.isEmpty else { return [] }
    return [home + "/.kube/config"]
  }

  /// - Parameter asked: the entry that names the one looked for; nil when the caller does.
  private static func entry(
    _ kind: KubeconfigFile.Kind, _ name: String, _ files: [KubeconfigFile], asked: KubeconfigEntry?
  ) throws(ConfigurationError) -> KubeconfigEntry {
    let found = try KubeconfigFile.first(in: files) { file throws(ConfigurationError) in
      try file.entry(kind, name)
    }
    if let found { return found }
    throw ConfigurationError(
      .notDefined, file: asked?.file ?? files.last?.path, line: asked?.line(of: kind.rawValue),
      "\(kind.rawValue) \"\(name)\" is not defined; defined are: \(names(kind, files))")
  }

  private static func names(_ kind: KubeconfigFile.Kind, _ files: [KubeconfigFile]) -> String {
    let names = files.flatMap { $0.names(kind) }
    return names.isEmpty ? "none" : names.map { "\"\($0)\"" }.joined(separator: ", ")
  }
}
