internal import FilelogJSON

/// What differs between the containers of the pod; what is common to all stands in ``json``.
struct Container {
  let name: String
  let image: ContainerImage
  var command: [String] = []
  var arguments: [String] = []
  var environment: [JSONValue] = []
  var resources: JSONValue?
  var volumeMounts: [JSONValue]
  var securityContext = containerSecurityContext()
  /// Probes, ports and whatever else only one container has.
  var extra: [String: JSONValue] = [:]

  var json: JSONValue {
    let members: [String: JSONValue?] = [
      "name": .string(name),
      "image": .string(image.reference),
      "imagePullPolicy": image.pullPolicy.map { .string($0.rawValue) },
      "command": .list(command.map(JSONValue.string)),
      "args": .list(arguments.map(JSONValue.string)),
      "env": .list(environment),
      "resources": resources,
      "securityContext": securityContext,
      "volumeMounts": .array(volumeMounts),
    ]
    return .object(omittingNil: members.merging(extra) { $1 })
  }
}
