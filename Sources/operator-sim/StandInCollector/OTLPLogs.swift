internal import FilelogJSON

/// Log records as OTLP/HTTP carries them in JSON (`ExportLogsServiceRequest`).
enum OTLPLogs {
  static func request(_ groups: [RecordGroup], observed: Int64) -> [UInt8] {
    let resources = groups.map { group -> JSONValue in
      let shared = group.attributes.sorted { $0.key < $1.key }.map { attribute($0, $1) }
      return [
        "resource": ["attributes": []],
        "scopeLogs": [
          [
            "scope": [:],
            "logRecords": .array(group.records.map { record($0, shared, observed) }),
          ]
        ],
      ]
    }
    return JSONWriter.compact.bytes(["resourceLogs": .array(resources)])
  }

  private static func record(
    _ record: LogRecord, _ shared: [JSONValue], _ observed: Int64
  ) -> JSONValue {
    var attributes = shared
    if let stream = record.stream { attributes.append(attribute("log.iostream", .string(stream))) }
    // 64-bit numbers are texts in OTLP's JSON.
    return [
      "observedTimeUnixNano": .string(String(observed)),
      "body": ["stringValue": .string(record.body)],
      "attributes": .array(attributes),
    ]
  }

  private static func attribute(_ key: String, _ value: JSONValue) -> JSONValue {
    let text = value.string ?? JSONWriter.compact.string(value)
    return ["key": .string(key), "value": ["stringValue": .string(text)]]
  }
}
