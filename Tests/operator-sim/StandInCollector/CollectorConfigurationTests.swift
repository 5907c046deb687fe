import FilelogJSON
import StandInCollector
import Testing

@Suite struct CollectorConfigurationTests {
  static let document: JSONValue = [
    "extensions": [
      "file_storage/offsets": ["directory": "${env:OFFSETS}", "recreate": true]
    ],
    "receivers": [
      "filelog/a/b ü": [
        "include": ["/logs/*.log"], "exclude": ["/logs/own.log"], "start_at": "beginning",
        "include_file_path": true, "include_file_name": false, "poll_interval": "1m0.5s",
        "storage": "file_storage/offsets", "operators": [["type": "container"]],
      ],
      "otlp": [:],
    ],
    "exporters": [
      "otlphttp": ["endpoint": "http://127.0.0.1:1", "headers": ["X-Price": "$$5"]],
      "otlp_http/b": ["logs_endpoint": "http://127.0.0.1:2/logs"], "debug": [:],
    ],
    "service": [
      "extensions": ["file_storage/offsets"],
      "pipelines": [
        "logs/own": [
          "receivers": ["filelog/a/b ü", "otlp"],
          "exporters": ["debug", "otlphttp", "otlp_http/b"],
        ],
        "metrics": ["receivers": ["otlp"], "exporters": ["debug"]],
      ],
    ],
  ]

  @Test func everythingThatMattersForOffsetsIsUnderstood() throws {
    let configuration = try CollectorConfiguration(
      Self.document, environment: ["OFFSETS": "/offsets"])
    let receiver = try #require(configuration.receivers.first)
    #expect(configuration.receivers.count == 1)
    #expect(receiver.include == ["/logs/*.log"])
    #expect(receiver.exclude == ["/logs/own.log"])
    #expect(receiver.pollInterval == .milliseconds(60_500))
    #expect(receiver.startsAtBeginning && receiver.includesFilePath && !receiver.includesFileName)
    #expect(receiver.parsesContainerLines && receiver.recreatesDatabase)
    #expect(receiver.databasePath == "/offsets/receiver_filelog_a~002Fb~0020~00FC")
    #expect(receiver.exporters.map(\.id) == ["otlphttp", "otlp_http/b"])
    #expect(
      receiver.exporters.map(\.url)
        == ["http://127.0.0.1:1/v1/logs", "http://127.0.0.1:2/logs"])
    #expect(receiver.exporters.map(\.headers) == [["X-Price": "$5"], [:]])
    #expect(receiver.exporters.map(\.queuePath) == [nil, nil])
  }

  @Test func queueOnDiskIsUnderstood() throws {
    var document = Self.document
    document["exporters"] = [
      "otlp_http/b ü": [
        "endpoint": "http://127.0.0.1:1", "sending_queue": ["storage": "file_storage/offsets"],
      ]
    ]
    document["service"] = [
      "pipelines": ["logs": ["receivers": ["filelog/a/b ü"], "exporters": ["otlp_http/b ü"]]]
    ]
    let configuration = try CollectorConfiguration(document, environment: ["OFFSETS": "/offsets"])
    let exporters = configuration.receivers.flatMap(\.exporters)
    #expect(exporters.map(\.queuePath) == ["/offsets/exporter_otlp_http_b~0020~00FC_logs"])
    document["extensions"] = [:]
    let error = #expect(throws: CollectorConfigurationError.self) {
      try CollectorConfiguration(document, environment: [:])
    }
    #expect(error?.problem == "names no file_storage extension")
    #expect(error?.keyPath == "exporters.otlp_http/b ü.sending_queue.storage")
  }

  @Test func laterDocumentsAreMergedOverEarlierOnesAsTheCollectorDoes() {
    let merged = CollectorConfiguration.merged([
      ["receivers": ["filelog": ["include": ["/a", "/b"], "start_at": "end"]], "exporters": nil],
      ["receivers": ["filelog": ["include": ["/c"], "storage": "file_storage"]]],
    ])
    #expect(
      merged == [
        "receivers": [
          "filelog": ["include": ["/c"], "start_at": "end", "storage": "file_storage"]
        ],
        "exporters": nil,
      ])
  }

  @Test func whatTheCollectorTakesForGrantedIsTakenHereToo() throws {
    var document = Self.document
    document["receivers"] = [
      "file_log": ["include": ["/a"], "storage": "file_storage/offsets"]
    ]
    document["service"] = [
      "pipelines": ["logs": ["receivers": ["file_log"], "exporters": ["otlphttp"]]]
    ]
    let configuration = try CollectorConfiguration(document, environment: [:])
    let receiver = try #require(configuration.receivers.first)
    #expect(receiver.pollInterval == .milliseconds(200))
    #expect(!receiver.startsAtBeginning && !receiver.includesFilePath && receiver.includesFileName)
    #expect(receiver.databasePath == "/receiver_filelog_")
  }

  @Test func aConfigurationWithoutReceiversIsValid() throws {
    #expect(try CollectorConfiguration(["service": [:]], environment: [:]).receivers.isEmpty)
  }

  /// What is put in place of a part of the document, and what is then wrong.
  static let problems: [(part: String, value: JSONValue, message: String)] = [
    (
      "exporters", ["otlphttp": ["endpoint": "http://127.0.0.1:1"]],
      "exporters.otlp_http/b.endpoint: missing"
    ),
    (
      "extensions", [:], "receivers.filelog/a/b ü.storage: names no file_storage extension"
    ),
    ("receivers", [:], "receivers.filelog/a/b ü: missing"),
    (
      "receivers", ["filelog/a/b ü": ["include": []]],
      "receivers.filelog/a/b ü.include: missing"
    ),
    (
      "receivers",
      [
        "filelog/a/b ü": [
          "include": ["/a"], "storage": "file_storage/offsets", "poll_interval": "soon",
        ]
      ],
      "receivers.filelog/a/b ü.poll_interval: invalid duration (expected e.g. 200ms or 1m30s)"
    ),
    (
      "service",
      ["pipelines": ["logs": ["receivers": ["filelog"], "exporters": ["debug"]]]],
      "service.pipelines.logs.exporters: no otlp_http exporter to send records to"
    ),
  ]

  @Test(arguments: problems)
  func whatCannotRunIsNamedByItsKeyPath(_ part: String, _ value: JSONValue, _ message: String) {
    var document = Self.document
    document[part] = value
    let error = #expect(throws: CollectorConfigurationError.self) {
      try CollectorConfiguration(document, environment: [:])
    }
    #expect(error?.description == "collector configuration: " + message)
  }
}
