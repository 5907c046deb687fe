internal import JSON

/// What differs between the containers of the pod; what is common to all stands in ``json``.
struct Container {
  let name: String
  let image: Image
  var command: [String] = []
  var arguments: [String] = []
  var environment: [EnvironmentVariable] = []
  var resources: JSONValue = [:]
  var volumeMounts: [JSONValue]
  var securityContext = SecurityContext.container
  /// Probes, ports and whatever else only one container has.
  var extra: [String: JSONValue] = [:]

  var json: JSONValue {
    var members = extra
    members["name"] = .string(name)
    members["image"] = .string(image.reference)
    members["imagePullPolicy"] = image.pullPolicy.map { .string($0.rawValue) }
    members["command"] = command.isEmpty ? nil : .texts(command)
    members["args"] = arguments.isEmpty ? nil : .texts(arguments)
    members["env"] = environment.isEmpty ? nil : environment.json
    members["resources"] = resources == [:] ? nil : resources
    members["securityContext"] = securityContext
    members["volumeMounts"] = .array(volumeMounts)
    return .object(members)
  }
}
