internal import Glibc
internal import JSON

/// The rules of services.
enum ServiceValidation {
  static func errors(_ service: JSONValue) -> [FieldError] {
    let spec = FieldNode(service["spec"], at: "spec")
    let ports = spec["ports"].elements
    var errors: [FieldError] = []
    if ports.isEmpty, spec["clusterIP"].text != "None", spec["type"].text != "ExternalName" {
      errors.append(spec["ports"].required)
    }
    for port in ports {
      if ports.count > 1 { errors += port["name"].requirement }
      errors += port["port"].within(1...65_535)
      errors += port["protocol"].choice(["SCTP", "TCP", "UDP"])
    }
    return errors + spec["type"].choice(["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"])
      + addresses(spec)
  }

  private static func addresses(_ spec: FieldNode) -> [FieldError] {
    let all = spec["clusterIPs"]
    if spec["type"].text == "ExternalName" || all.elements.isEmpty { return [] }
    let address = spec["clusterIP"].text
    if address.isEmpty { return [all.invalid("must be empty when `clusterIP` is not specified")] }
    var errors: [FieldError] = []
    if all.elements[0].text != address {
      errors.append(all.invalid("first value must match `clusterIP`"))
    }
    for (index, element) in all.elements.enumerated() {
      if index == 0, element.text == "None" {
        if all.elements.count == 1 { break }
        return errors + [element.invalid("'None' must be the first and only value")]
      }
      if !isAddress(element.text) {
        errors.append(
          element.invalid("must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"))
      }
    }
    return errors
  }

  /// A service keeps the address that it was given.
  static func updateErrors(_ new: JSONValue, _ old: JSONValue) -> [FieldError] {
    let types = [new["spec"]?["type"], old["spec"]?["type"]]
    guard !types.contains("ExternalName"),
      let before = old["spec"]?["clusterIPs"]?.array?.first?.string, !before.isEmpty,
      let after = new["spec"]?["clusterIPs"], after.array?.first?.string != before
    else { return [] }
    return [.invalid("spec.clusterIPs[0]", after, "may not change once set")]
  }

  private static func isAddress(_ text: String) -> Bool {
    var bytes = [UInt8](repeating: 0, count: 16)
    return inet_pton(AF_INET, text, &bytes) == 1 || inet_pton(AF_INET6, text, &bytes) == 1
  }
}
