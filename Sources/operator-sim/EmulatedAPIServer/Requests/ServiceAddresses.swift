internal import JSON

/// The addresses of the cluster network, 10.96.0.0/16, that services get or ask for.
struct ServiceAddresses: Sendable {
  let store: ObjectStore

  /// A service with an address, unless it has one or needs none.
  func assigned(_ spec: JSONValue) -> JSONValue {
    if spec["type"] == .some("ExternalName") { return spec }
    var spec = spec
    let number = store.revision
    spec.setDefault("ipFamilies", ["IPv4"])
    spec.setDefault("ipFamilyPolicy", "SingleStack")
    if (spec["clusterIPs"]?.array ?? []).isEmpty {
      spec.setDefault("clusterIP", .string("10.96.\(number / 254 % 256).\(number % 254 + 1)"))
      spec["clusterIPs"] = .array([spec["clusterIP"] ?? ""])
    }
    return spec
  }

  /// - Throws: when a service asks for an address that it cannot have. Whether that is one at all is
  ///   for ``ServiceValidation``.
  func check(_ service: JSONValue) throws(APIStatus) {
    let all = service["spec"]?["clusterIPs"]
    let name = service["metadata"]?["name"]?.string ?? ""
    guard let address = all?.array?.first?.string,
      ServiceValidation.errors(service).isEmpty, address != "None",
      let problem = problem(address)
    else { return }
    throw .invalid(
      kind: "Service", name: name,
      [.invalid("spec.clusterIPs", all ?? [], "failed to allocate IP \(address): \(problem)")])
  }

  private func problem(_ address: String) -> String? {
    if !address.hasPrefix("10.96.") {
      return "the provided IP (\(address)) is not in the valid range. The range of valid IPs is "
        + "10.96.0.0/16"
    }
    let services = (try? store.list("services", namespace: nil))?.objects ?? []
    let isTaken = services.contains {
      $0.object.value["spec"]?["clusterIP"] == .some(.string(address))
    }
    return isTaken ? "provided IP is already allocated" : nil
  }
}
