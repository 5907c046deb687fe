import DesiredState

/// What lets values be rendered at all: an export, and an image that knows this project's values.
let baseValues = """
  operator:
    selfMonitoringEnabled: false
    export: {grpc: {endpoint: "base.example.com:4317"}}
    filelogOffsetSyncImage: {repository: registry.example.com/filelog-offset-sync}
  """

/// A request with one values file over ``baseValues``, for tests of one thing at a time.
func request(
  _ values: String, sets: [String] = [], monitoring: String? = nil, base: String = baseValues
) -> DesiredStateRequest {
  var request = DesiredStateRequest(release: "rel", namespace: "ops")
  request.values = [
    InputFile(name: "base.yaml", text: base), InputFile(name: "values.yaml", text: values),
  ]
  request.sets = sets.map { .parsed($0) }
  request.monitoring = monitoring.map { [InputFile(name: "monitoring.yaml", text: $0)] } ?? []
  return request
}

/// The lines that a request is refused with; none when it is accepted.
func problems(_ request: DesiredStateRequest) -> [String] {
  do {
    _ = try DesiredStateInput(request)
    return []
  } catch {
    return error.description.split(separator: "\n").map(String.init)
  }
}
