/// The bodies of the records in an OTLP `ExportLogsServiceRequest` in JSON.
enum OTLPLogBodies {
  /// - Returns: a body for each record, empty where it is no text; nil when the bytes are no such
  ///   request.
  static func parse(_ bytes: [UInt8]) -> [String]? {
    var bodies: [String] = []
    var isRequest = false
    do {
      try bytes.withUnsafeBufferPointer { buffer in
        var walker = JSONWalker(buffer)
        try walker.object { walker, name in
          guard name == "resourceLogs" else { return try walker.skip() }
          isRequest = true
          try walker.array { try resource(&$0, &bodies) }
        }
      }
    } catch { return nil }
    return isRequest ? bodies : nil
  }

  private static func resource(_ walker: inout JSONWalker, _ bodies: inout [String]) throws {
    try walker.object { walker, name in
      guard name == "scopeLogs" else { return try walker.skip() }
      try walker.array { walker in
        try walker.object { walker, name in
          guard name == "logRecords" else { return try walker.skip() }
          try walker.array { bodies.append(try body(&$0)) }
        }
      }
    }
  }

  private static func body(_ walker: inout JSONWalker) throws -> String {
    var body = ""
    try walker.object { walker, name in
      guard name == "body", try walker.next(is: "{") else { return try walker.skip() }
      try walker.object { walker, name in
        guard name == "stringValue", try walker.next(is: "\"") else { return try walker.skip() }
        body = try walker.string()
      }
    }
    return body
  }
}
