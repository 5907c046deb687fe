import CommandFrame

/// `operator-sim render`: Helm values in, manifests out.
let renderCommand = Command(
  name: "render",
  summary: "print the Kubernetes manifests for a Helm values file",
  discussion: """
    Reads Helm values with the upstream chart's names and prints what the operator would create: \
    the collector DaemonSet with its init and sync containers, both config maps, and the \
    permissions they need. Every problem in the values is reported at once; nothing is printed then.
    """,
  options: [
    .repeated("--values", "FILE", help: "Helm values, YAML or JSON; later files win."),
    .required("--release", "NAME", help: "The name of the Helm release."),
    .required("--namespace", "NS", help: "The operator's own namespace."),
    .value("--monitoring", "FILE", help: "Dash0Monitoring objects: what to collect."),
    .value("--output", "DIR", help: "Write one file per object instead of a list."),
  ],
  examples: [
    Command.Example(
      "render --values values.yaml --release dash0 --namespace monitoring",
      "Print the manifests as one v1 List")
  ]
) { _ in
  throw CommandFailure("render is not wired yet")
}
