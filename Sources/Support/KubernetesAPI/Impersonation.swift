internal import FilelogEncodings

/// Another user, as whom the API server is to take requests (`kubectl --as`); it asks whether the
/// caller may do that.
public struct Impersonation: Hashable, Sendable {
  /// `Impersonate-User`
  public var user: String
  /// `Impersonate-Group`; empty: those that the user has.
  public var groups: [String]
  /// `Impersonate-Uid`
  public var uid: String?
  /// `Impersonate-Extra-…`
  public var extra: [String: [String]]

  /// That user.
  public init(
    user: String, groups: [String] = [], uid: String? = nil, extra: [String: [String]] = [:]
  ) {
    self.user = user
    self.groups = groups
    self.uid = uid
    self.extra = extra
  }

  var headers: [(name: String, value: String)] {
    var headers = [(name: "Impersonate-User", value: user)]
    headers += groups.map { (name: "Impersonate-Group", value: $0) }
    if let uid { headers.append((name: "Impersonate-Uid", value: uid)) }
    for (key, values) in extra.sorted(by: { $0.key < $1.key }) {
      // Header names hold few characters: the API server decodes them.
      let name = "Impersonate-Extra-" + PercentEncoding.encode(key)
      headers += values.map { (name: name, value: $0) }
    }
    return headers
  }
}
