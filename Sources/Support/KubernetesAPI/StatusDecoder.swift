public import FilelogHTTPClient
internal import FilelogJSON
internal import FilelogText

extension KubernetesStatus {
  /// What Go's server answers, without naming a type, to HTTP where it speaks TLS. Any other text of no
  /// type is passed over: it may repeat what was sent.
  private static let plainHTTPRefusal = "Client sent an HTTP request to an HTTPS server."
  /// How much of a text is looked at before it is cleaned and cut, in bytes.
  private static let rawTextLimit = 16 << 10

  /// Reads what is there of a Status. Takes any body, cut short or not, and never fails. No part of
  /// the token, which was sent with the request, comes back.
  public init(answer: HTTPResponse, token: String? = nil) {
    let redacted = TokenRedaction(token)
    var draft = Draft()
    let announced = answer.headers["Content-Type"] ?? ""
    if answer.body.starts(with: Self.plainHTTPRefusal.utf8) {
      draft.message = Self.plainHTTPRefusal
    } else if announced.hasPrefix("text/plain") {
      draft.message = String(decoding: answer.body.prefix(Self.rawTextLimit), as: UTF8.self)
    } else {
      var scanner = JSONScanner(answer.body)
      // What stood before the damage or the cut is kept.
      try? draft.read(&scanner)
      if let kind = draft.objectKind, kind != "Status" { draft = Draft() }
    }
    self.init(
      code: answer.status, reason: draft.reason.map { redacted($0) },
      message: StatusText.clean(redacted(draft.message)), name: draft.name.map { redacted($0) },
      group: draft.group.map { redacted($0) }, kind: draft.kind.map { redacted($0) },
      causes: draft.causes.map {
        Cause(
          reason: $0.reason.map { redacted($0) }, message: redacted($0.message),
          field: $0.field.map { redacted($0) })
      },
      retryAfter: Self.wait(header: answer.headers["Retry-After"], details: draft.retryAfterSeconds)
    )
  }

  /// Seconds only: the API server sends no dates, and a day is more than any caller waits.
  private static func wait(header: String?, details: Int?) -> Duration? {
    guard let seconds = header.flatMap({ Int($0) }) ?? details, seconds > 0 else { return nil }
    return .seconds(min(seconds, 86_400))
  }

  private struct Draft {
    var objectKind: String?
    var reason: String?
    var message = ""
    var name: String?
    var group: String?
    var kind: String?
    var causes: [Cause] = []
    var retryAfterSeconds: Int?

    mutating func read(_ scanner: inout JSONScanner) throws(JSONScanner.Failure) {
      try scanner.object { scanner, member throws(JSONScanner.Failure) in
        switch member {
        case "kind": objectKind = try scanner.optionalString(limit: 64)
        case "reason": reason = try Self.word(&scanner)
        case "message": message = try scanner.beginningOfString(limit: rawTextLimit) ?? ""
        case "details": try readDetails(&scanner)
        default: try scanner.skip()
        }
      }
    }

    private mutating func readDetails(
      _ scanner: inout JSONScanner
    ) throws(JSONScanner.Failure) {
      try scanner.optionalObject { scanner, member throws(JSONScanner.Failure) in
        switch member {
        case "name": name = try Self.word(&scanner)
        case "group": group = try Self.word(&scanner)
        case "kind": kind = try Self.word(&scanner)
        case "retryAfterSeconds": retryAfterSeconds = try scanner.optionalInteger()
        case "causes": try readCauses(&scanner)
        default: try scanner.skip()
        }
      }
    }

    private mutating func readCauses(
      _ scanner: inout JSONScanner
    ) throws(JSONScanner.Failure) {
      try scanner.optionalArray { scanner throws(JSONScanner.Failure) in
        guard try scanner.peek() == UInt8(ascii: "{") else { return try scanner.skip() }
        var (reason, text, field): (String?, String, String?) = (nil, "", nil)
        try scanner.object { scanner, member throws(JSONScanner.Failure) in
          switch member {
          case "reason": reason = try Self.word(&scanner)
          case "message": text = try scanner.optionalString(limit: rawTextLimit) ?? ""
          case "field": field = try Self.word(&scanner)
          default: try scanner.skip()
          }
        }
        guard causes.count < causeLimit else { return }
        causes.append(Cause(reason: reason, message: StatusText.clean(text), field: field))
      }
    }

    /// A name or another short text; empty ones say nothing.
    private static func word(
      _ scanner: inout JSONScanner
    ) throws(JSONScanner.Failure) -> String? {
      guard let text = try scanner.optionalString(limit: 512), !text.isEmpty else { return nil }
      return StatusText.clean(text, limit: 512)
    }
  }
}
