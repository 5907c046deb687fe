internal import FilelogEncodings
public import FilelogJSON
public import FilelogText

/// One request to the API server.
public struct APIRequest: Sendable {
  /// `GET`, `PATCH`, ….
  public var method: String

  /// From the server's root, percent-encoded; see ``path(_:)``.
  public var path: String

  /// Encoded when sent.
  public var query: [(name: String, value: String)]
  /// One or more of ``MediaType``; decides what comes back.
  public var accept: String
  /// Of the body; tells one kind of patch from another.
  public var contentType: String?
  /// The body's bytes; nil for none.
  public var body: [UInt8]?

  /// As whom it is sent, in place of the configuration's; nil for that.
  public var impersonation: Impersonation?

  /// For each attempt. Under contention an API server answers 504 after about 34 s.
  public var timeout: Duration

  /// The largest body of a successful answer, in bytes. A full config map is 1.4 MB of JSON, with
  /// many keys and managers twice that.
  public var responseLimit: Int

  /// A request for one object or list; see ``KubernetesClient/send(_:)``.
  public init(
    _ method: String, _ path: String, query: [(name: String, value: String)] = [],
    accept: String = MediaType.json, contentType: String? = nil, body: [UInt8]? = nil,
    timeout: Duration = .seconds(45), responseLimit: Int = 4 << 20
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.accept = accept
    self.contentType = contentType
    self.body = body
    self.timeout = timeout
    self.responseLimit = responseLimit
  }

  /// A path of segments that may hold any character: `/api/v1/namespaces/n/configmaps/m`.
  public static func path(_ segments: String...) -> String {
    segments.reduce(into: "") { $0 += "/" + PercentEncoding.encode($1) }
  }

  /// What follows the server in the URL.
  var target: String {
    guard !query.isEmpty else { return path }
    let pairs = query.map {
      PercentEncoding.encode($0.name) + "=" + PercentEncoding.encode($0.value)
    }
    return path + (path.contains("?") ? "&" : "?") + pairs.joined(separator: "&")
  }
}

/// The media types that the API server tells patches and answers apart by.
public enum MediaType {
  /// JSON, what is asked for by default.
  public static let json = "application/json"
  /// RFC 7386: members that are named are set, `null` removes.
  public static let mergePatch = "application/merge-patch+json"
  /// RFC 6902: a list of operations, `test` among them.
  public static let jsonPatch = "application/json-patch+json"
  /// Server-side apply, for which JSON is YAML too.
  public static let apply = "application/apply-patch+yaml"

  /// The answer to a write without the object's content: 0.6 kB in place of up to 1.3 MB. A server
  /// that does not know it gives the whole object.
  public static let metadataOnly =
    "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json"

  /// The same for lists.
  public static let metadataListOnly =
    "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
}

/// A successful answer.
public struct APIResponse: Sendable {
  /// 200 to 299.
  public let status: Int
  /// The answer's headers.
  public let headers: HTTPHeaders
  /// At most ``APIRequest/responseLimit`` bytes.
  public let body: [UInt8]

  /// An answer with these parts.
  public init(status: Int, headers: HTTPHeaders = HTTPHeaders(), body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// The body as a tree.
  /// - Throws: ``KubernetesError/malformedAnswer(_:)``.
  public func json() throws(KubernetesError) -> JSONValue {
    do {
      return try JSONValue(parsing: body)
    } catch {
      let type = headers["Content-Type"].map { $0.prefix { $0 != ";" } } ?? ""
      guard type == "text/html" else { throw .malformedAnswer("\(error)") }
      throw .malformedAnswer("it is a page in HTML, of a login or a proxy for instance")
    }
  }

  /// The texts of `Warning` headers, such as `unknown field "spec.x"`.
  public var warnings: [String] {
    headers.all("Warning").compactMap(WarningHeader.text)
  }
}
