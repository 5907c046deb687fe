/// Where the API server is, in the terms of a pod's environment.
struct ClusterEndpoint {
  var host: String
  var port: Int
  /// Certificates in PEM.
  var authorities: [UInt8]
}
