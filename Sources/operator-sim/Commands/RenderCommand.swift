import DesiredState
import FilelogCommandLine

/// `operator-sim render`: Helm values in, manifests out.
let renderCommand = Command(
  name: "render", synonyms: ["template"],
  summary: "print the Kubernetes manifests for a Helm values file",
  discussion: """
    Reads Helm values with the upstream chart's names and prints what the operator would create: \
    the collector DaemonSet with its init and sync containers, both config maps, and the \
    permissions they need.

    Every problem in the input is reported at once, with file, line and key; nothing is printed \
    then. Keys of the chart that other components own are listed on standard error and ignored.
    """,
  options: renderingOptions(
    namespace: .required(
      "--namespace", short: "-n", "NS", help: "The operator's own namespace; never collected.")
  ) + [
    .value("--output", "DIR", help: "Write one file per object, numbered in apply order.")
      .called("--output-dir"),
    .value(
      "--format", short: "-o", "FORMAT", choices: ManifestFormat.allCases.map(\.rawValue),
      help: "json (the default) or yaml."),
  ],
  examples: [
    Command.Example(
      "render --values values.yaml --release dash0 --namespace monitoring",
      "Print the manifests as one v1 List, fit for kubectl apply -f -"),
    Command.Example(
      "render --values base.yaml --values prod.yaml --set operator.clusterName=prod \\\n"
        + "      --release dash0 --namespace monitoring --monitoring monitoring.yaml --output out",
      "Merge two values files, set one value, collect the monitored namespaces, write files"),
    Command.Example(
      "render --values values.yaml --release dash0 --namespace monitoring \\\n"
        + "      --kubernetes-version 1.31 -o yaml",
      "Read the manifests as YAML, with a native sidecar"),
  ]
) { call in
  let format = try call.choice("--format", default: ManifestFormat.json)
  let input = try desiredStateInput(call)
  let manifests = assembleDesiredState(input)
  if let directory = call.value("--output") {
    if let format = ManifestFormat(rawValue: directory) {
      throw UsageError(
        "--output: expected a directory, found \"\(format.rawValue)\"; -o \(format.rawValue) chooses the "
          + "format, and ./\(format.rawValue) is a directory")
    }
    let output = ManifestDirectory(path: directory, format: format, release: input.release.name)
    for path in try output.write(manifests) { call.console.writeError("removed \(path)") }
  } else {
    call.console.write(format.text(of: Manifest.list(manifests)))
  }
  for note in input.notes { call.console.writeError("note: \(note)") }
  return .success
}
