import FilelogJSON
import FilelogText
import FoundationEssentials
import Glibc
import HTTPServer

@testable import EmulatedAPIServer

/// What the tables are played at: a fresh emulator, or an emptied place in a real API server.
struct TestCluster: Sendable {
  private let backend: any ConformanceBackend

  struct Reply: Sendable {
    let status: Int
    let headers: HTTPHeaders
    let bytes: [UInt8]
    /// Something was stored.
    var changed: Bool

    /// Without the line break at the end of a real server's JSON.
    var text: String {
      let text = String(decoding: bytes, as: UTF8.self)
      return json != .null && text.hasSuffix("\n") ? String(text.dropLast()) : text
    }
    var json: JSONValue { (try? JSONValue(parsing: bytes)) ?? .null }
    var resourceVersion: String? { json["metadata"]?["resourceVersion"]?.string }
    var message: String? { json["message"]?.string }
    var reason: String? { json["reason"]?.string }
    var causes: [JSONValue] { json["details"]?["causes"]?.array ?? [] }
    var warnings: [String] { headers.all("Warning") }

    /// A request that was never answered.
    static func failed(_ error: any Error) -> Reply {
      Reply(status: 0, headers: HTTPHeaders(), bytes: Array("\(error)".utf8), changed: false)
    }
  }

  init() throws {
    if let real = RealServerBackend.shared {
      try real.reset()
      backend = real
    } else {
      backend = try EmulatorBackend()
    }
  }

  /// The emulated server, for what only it can do.
  var emulator: EmulatedAPIServer? { (backend as? EmulatorBackend)?.server }

  func moveTime(by seconds: Double) { backend.moveTime(by: seconds) }

  func token(serviceAccount name: String, namespace: String, pod: String? = nil) throws -> String {
    try backend.token(serviceAccount: name, namespace: namespace, pod: pod)
  }

  /// The name that a namespace of the tables really has.
  func namespace(_ name: String) -> String { backend.namespace(name) }

  /// Puts an admission policy and its binding in force, or takes away what there was.
  func setPolicy(_ objects: [JSONValue]) throws {
    let path = "/apis/admissionregistration.k8s.io/v1/"
    let name = "\(namespace("default")).rel-filelogoffsets"
    for plural in ["validatingadmissionpolicybindings", "validatingadmissionpolicies"] {
      _ = send("DELETE", path + plural + "/" + name)
    }
    for object in objects {
      let isBinding = object["kind"] == "ValidatingAdmissionPolicyBinding"
      let plural = isBinding ? "validatingadmissionpolicybindings" : "validatingadmissionpolicies"
      let reply = post(path + plural, object)
      guard reply.status == 201 else { throw Refused(text: reply.text) }
    }
  }

  /// What a table needs was not stored.
  struct Refused: Error {
    let text: String
  }

  /// Asks again until a real server's caches show what was written; the emulator is asked once.
  func eventually(_ condition: () -> Bool) -> Bool {
    for attempt in 1...backend.patience {
      if condition() { return true }
      if attempt < backend.patience { usleep(100_000) }
    }
    return false
  }

  /// - Parameter token: nil sends the request as the administrator; an empty one sends none.
  func send(
    _ method: String, _ target: String, _ body: [UInt8] = [], type: String? = nil,
    accept: String? = nil, token: String? = nil, headers: [(name: String, value: String)] = []
  ) -> Reply {
    var headers = headers
    if let type { headers.append(("Content-Type", type)) }
    if let accept { headers.append(("Accept", accept)) }
    do {
      return try backend.send(
        ConformanceRequest(method: method, target: target, headers: headers, body: body),
        token: token)
    } catch {
      return .failed(error)
    }
  }

  func send(
    _ method: String, _ target: String, _ body: JSONValue, type: String? = nil,
    accept: String? = nil, token: String? = nil
  ) -> Reply {
    send(
      method, target, JSONWriter.compact.bytes(body), type: type, accept: accept, token: token)
  }

  func get(_ target: String, token: String? = nil) -> Reply { send("GET", target, token: token) }

  func post(_ target: String, _ body: JSONValue, token: String? = nil) -> Reply {
    send("POST", target, body, type: "application/json", token: token)
  }

  func put(_ target: String, _ body: JSONValue, token: String? = nil) -> Reply {
    send("PUT", target, body, type: "application/json", token: token)
  }

  func merge(_ target: String, _ body: JSONValue, token: String? = nil) -> Reply {
    send("PATCH", target, body, type: MediaTypes.mergePatch, token: token)
  }

  func patch(_ target: String, _ body: JSONValue, token: String? = nil) -> Reply {
    send("PATCH", target, body, type: MediaTypes.jsonPatch, token: token)
  }

  func strategic(_ target: String, _ body: JSONValue, token: String? = nil) -> Reply {
    send("PATCH", target, body, type: MediaTypes.strategicMergePatch, token: token)
  }

  func apply(_ target: String, _ body: JSONValue, token: String? = nil) -> Reply {
    send("PATCH", target, body, type: MediaTypes.apply, token: token)
  }
}

/// Config maps in the namespace that tests use.
enum Maps {
  static let all = "/api/v1/namespaces/default/configmaps"

  static func path(_ name: String) -> String { "\(all)/\(name)" }

  static func object(_ name: String, _ members: JSONValue = [:]) -> JSONValue {
    var object = members
    object["apiVersion"] = "v1"
    object["kind"] = "ConfigMap"
    object["metadata"] = ["name": .string(name)]
    return object
  }

  /// Base64 of that many zero bytes.
  static func base64(zeros count: Int) -> JSONValue {
    .string(Data(count: count).base64EncodedString())
  }
}
