internal import FilelogHTTPClient
internal import FilelogKubernetesAPI
internal import FilelogText

/// Whatever a server answers becomes a status of bounded length without control characters.
enum StatusCheck {
  /// What stands in a line of a log: headings, names, and the text.
  private static let limit = 4 << 10

  static func violation(_ bytes: [UInt8]) -> String? {
    for type in ["application/json", "text/plain; charset=utf-8"] {
      let answer = HTTPResponse(status: 422, headers: ["Content-Type": type], body: bytes)
      let status = KubernetesStatus(answer: answer)
      if let violation = violation(status) { return violation }
      let error = KubernetesError.status(status)
      _ = (error.problem, error.retryAdvice)
    }
    return nil
  }

  private static func violation(_ status: KubernetesStatus) -> String? {
    // A text that was cut has a mark behind the cut.
    guard status.message.utf8.count <= KubernetesStatus.messageLimit + "…".utf8.count else {
      return "the message is too long"
    }
    guard status.causes.count <= KubernetesStatus.causeLimit else { return "too many causes" }
    let text = status.description
    guard text.utf8.count <= limit else { return "the description is too long" }
    let isClean = text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f }
    return isClean ? nil : "the description holds control characters"
  }
}
