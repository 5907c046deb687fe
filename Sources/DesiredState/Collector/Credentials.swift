internal import FilelogContract
internal import FilelogEncodings

/// The secret texts of an input, and how each reaches the containers that need it: as environment
/// variables from a Secret, the user's or, for texts that stand in the values, the operator's.
struct Credentials {
  let input: DesiredStateInput

  init(_ input: DesiredStateInput) { self.input = input }

  /// One secret text.
  struct Entry {
    /// Forms the names of variables and keys: `dash0-token`, `grpc-header-0-of-export-1`.
    let name: String
    let credential: Credential

    /// The variable that the collector reads.
    var variable: String {
      String(name.uppercased().map { $0 == "-" ? "_" : $0 })
    }

    fileprivate var encodedVariable: String { variable + "_ENCODED" }

    fileprivate var encodedKey: String { name + "-encoded" }
  }

  /// In a fixed order.
  var entries: [Entry] { Destination.all(input).flatMap(\.credentials) }

  /// What the operator's own Secret holds, by key.
  var literals: [String: String] {
    var literals: [String: String] = [:]
    let ofSidecar = SelfMonitoring(input)?.target.credentials ?? []
    for entry in entries {
      guard case .literal(let text) = entry.credential else { continue }
      // The collector expands what it reads from the environment once more.
      literals[entry.name] = CollectorText.escape(text)
    }
    for entry in ofSidecar {
      guard case .literal(let text) = entry.credential else { continue }
      literals[entry.encodedKey] = PercentEncoding.encode(text)
    }
    return literals
  }

  /// The collector's variables.
  var environment: [EnvironmentVariable] {
    entries.map { entry in
      EnvironmentVariable(entry.variable, source(entry.credential, key: entry.name))
    }
  }

  /// A secret text within `OTEL_EXPORTER_OTLP_HEADERS`, and the variable that this takes.
  ///
  /// Ours is percent-encoded, as the list wants it, and put in by the kubelet. What a Secret of the
  /// user's holds is not: this project's sidecar puts it in after decoding the list, whole, whatever
  /// it holds. Upstream's gets it from the kubelet as it is.
  func header(_ entry: Entry) -> (text: String, variable: EnvironmentVariable) {
    if case .reference = entry.credential, !input.values.images.hasUpstreamSidecar {
      let variable = EnvironmentVariable(entry.variable, source(entry.credential, key: entry.name))
      return (Contract.HeaderVariable.text(entry.variable), variable)
    }
    let variable = EnvironmentVariable(
      entry.encodedVariable, source(entry.credential, key: entry.encodedKey))
    return ("$(\(entry.encodedVariable))", variable)
  }

  private func source(_ credential: Credential, key: String) -> EnvironmentVariable.Value {
    switch credential {
    case .literal: .secret(name: Names(input.release).secret, key: key)
    case .reference(let reference): .secret(name: reference.name, key: reference.key)
    }
  }
}
