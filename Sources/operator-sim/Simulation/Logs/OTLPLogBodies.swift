internal import FilelogJSON

/// The bodies of the records in an OTLP `ExportLogsServiceRequest` in JSON.
enum OTLPLogBodies {
  /// - Returns: a body for each record, empty where it is not a text; nil when the bytes are not such
  ///   a request.
  static func parse(_ bytes: [UInt8]) -> [String]? {
    var bodies: [String] = []
    var isRequest = false
    var scanner = JSONScanner(bytes)
    do {
      try scanner.object { scanner, name throws(JSONScanner.Failure) in
        guard name == "resourceLogs" else { return try scanner.skip() }
        isRequest = true
        try scanner.array { scanner throws(JSONScanner.Failure) in
          try resource(&scanner, &bodies)
        }
      }
    } catch { return nil }
    return isRequest ? bodies : nil
  }

  private static func resource(
    _ scanner: inout JSONScanner, _ bodies: inout [String]
  ) throws(JSONScanner.Failure) {
    try scanner.object { scanner, name throws(JSONScanner.Failure) in
      guard name == "scopeLogs" else { return try scanner.skip() }
      try scanner.array { scanner throws(JSONScanner.Failure) in
        try scanner.object { scanner, name throws(JSONScanner.Failure) in
          guard name == "logRecords" else { return try scanner.skip() }
          try scanner.array { scanner throws(JSONScanner.Failure) in
            bodies.append(try body(&scanner))
          }
        }
      }
    }
  }

  private static func body(
    _ scanner: inout JSONScanner
  ) throws(JSONScanner.Failure) -> String {
    var body = ""
    try scanner.object { scanner, name throws(JSONScanner.Failure) in
      guard name == "body" else { return try scanner.skip() }
      try scanner.optionalObject { scanner, name throws(JSONScanner.Failure) in
        guard name == "stringValue" else { return try scanner.skip() }
        body = try scanner.optionalString() ?? body
      }
    }
    return body
  }
}
