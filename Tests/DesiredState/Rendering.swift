import DesiredState

/// A request with one values file, for tests of one thing at a time.
func request(
  _ values: String, sets: [String] = [], monitoring: String? = nil
) -> DesiredStateRequest {
  var request = DesiredStateRequest(release: "rel", namespace: "ops")
  request.values = [InputFile(name: "values.yaml", text: values)]
  request.sets = sets
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
