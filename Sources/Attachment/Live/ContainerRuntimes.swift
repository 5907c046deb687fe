public import FilelogJSON

/// What runs the containers of pods.
public enum ContainerRuntimes {
  /// The first that is not containerd, by the ids of containers (`cri-o://…`); nil where there is none, or no
  /// pod yet.
  public static func other(in pods: [JSONValue]) -> String? {
    let statuses = pods.flatMap { $0["status"]?["containerStatuses"]?.array ?? [] }
    let runtimes = statuses.compactMap { status in
      (status["containerID"]?.string ?? "").split(separator: ":").first.map(String.init)
    }
    return runtimes.first { $0 != "containerd" }
  }
}
