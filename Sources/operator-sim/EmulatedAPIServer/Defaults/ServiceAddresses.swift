internal import FilelogJSON

/// The addresses of the cluster network, 10.96.0.0/16, that services get.
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
}
