import OffsetSync
import Testing

@Suite struct TelemetrySettingsTests {
  typealias Reading = (settings: TelemetrySettings?, problems: [TelemetrySettings.Problem])

  func read(_ environment: [String: String]) -> Reading {
    TelemetrySettings.read(environment: environment, container: "filelog-offset-sync")
  }

  func problems(_ environment: [String: String]) -> [String] {
    read(environment).problems.map(\.description)
  }

  @Test(arguments: [
    [:],
    ["OTEL_EXPORTER_OTLP_ENDPOINT": " "],
    ["OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_SDK_DISABLED": "TRUE"],
    ["OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_METRICS_EXPORTER": "none"],
  ]) func withoutAnEndpointNothingIsSentAndNothingIsSaid(_ environment: [String: String]) {
    #expect(read(environment).settings == nil)
    #expect(problems(environment).isEmpty)
  }

  @Test(arguments: [
    (["OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"], "http://c:4318/v1/metrics"),
    (["OTEL_EXPORTER_OTLP_ENDPOINT": "https://c/otlp/"], "https://c/otlp/v1/metrics"),
    (["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://m/as-it-is"], "http://m/as-it-is"),
    (
      [
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c",
        "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://m/",
      ], "http://m/"
    ),
    (
      ["OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": ""],
      "http://c/v1/metrics"
    ),
  ]) func theEndpointIsFound(_ environment: [String: String], _ endpoint: String) {
    #expect(read(environment).settings?.endpoint == endpoint)
    #expect(problems(environment).isEmpty)
  }

  @Test func anEndpointWithoutASchemeIsSaid() {
    #expect(read(["OTEL_EXPORTER_OTLP_ENDPOINT": "c:4317"]).settings == nil)
    #expect(
      problems(["OTEL_EXPORTER_OTLP_ENDPOINT": "c:4317"]) == [
        "OTEL_EXPORTER_OTLP_ENDPOINT: expected a URL with http or https; no metrics are sent"
      ])
  }

  @Test(arguments: ["grpc", "http/protobuf"]) func anotherProtocolIsSaid(_ name: String) {
    let environment = [
      "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4317", "OTEL_EXPORTER_OTLP_PROTOCOL": name,
    ]
    #expect(read(environment).settings?.endpoint == "http://c:4317/v1/metrics")
    #expect(
      problems(environment) == [
        "OTEL_EXPORTER_OTLP_PROTOCOL: \(name) is not supported; metrics are sent as http/json"
      ])
  }

  @Test func theProtocolForMetricsCountsFirst() {
    #expect(
      problems([
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
        "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL": "http/json",
      ]).isEmpty)
  }

  @Test func headersAreDecoded() {
    let headers = read([
      "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c",
      "OTEL_EXPORTER_OTLP_HEADERS": " Authorization = Bearer%20abc=d , ,Dash0-Dataset=x%2Cy",
    ]).settings?.headers
    #expect(
      headers == [
        .init(name: "Authorization", value: "Bearer abc=d"),
        .init(name: "Dash0-Dataset", value: "x,y"),
      ])
  }

  /// A Secret of the user's is not percent-encoded.
  @Test(arguments: ["a,b=c", "100%", "%41", " x ", "a$$b$c", "", "${OTHER}"])
  func textsOfOtherVariablesReachHeadersWhole(_ secret: String) {
    let headers = read([
      "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "SECRET": secret, "OTHER": "other",
      "OTEL_EXPORTER_OTLP_HEADERS":
        "Authorization=Bearer%20${SECRET}%2C,B=${OTHER}${SECRET},C=5$%7B$",
    ]).settings?.headers
    let sent = secret == "a$$b$c" ? "a$b$c" : secret
    #expect(
      headers == [
        .init(name: "Authorization", value: "Bearer \(sent),"),
        .init(name: "B", value: "other\(sent)"), .init(name: "C", value: "5${$"),
      ])
  }

  @Test(arguments: ["s3cr3t", "a=s3cr3t%zz", "=s3cr3t", "a=%ff", "a=${NOWHERE}"])
  func damagedHeadersAreSaidWithoutTheirContent(_ text: String) {
    let environment = [
      "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_EXPORTER_OTLP_HEADERS": text,
    ]
    #expect(read(environment).settings?.headers == [])
    #expect(
      problems(environment) == [
        "OTEL_EXPORTER_OTLP_HEADERS: expected name=value,name=value; no headers are sent"
      ])
  }

  @Test func theResourceSaysWhereItRuns() {
    let resource = read([
      "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "K8S_NODE_NAME": "n", "K8S_POD_NAME": "p",
      "K8S_POD_UID": "u", "K8S_CLUSTER_UID": "cu", "K8S_CLUSTER_NAME": "", "SERVICE_VERSION": "1.2",
      "DASH0_OPERATOR_NAMESPACE": "ns", "K8S_DAEMONSET_NAME": "d",
    ]).settings?.resource
    #expect(
      resource == [
        "service.namespace": "dash0-operator", "service.name": "dash0-operator-collector",
        "service.version": "1.2", "k8s.container.name": "filelog-offset-sync", "k8s.node.name": "n",
        "k8s.pod.name": "p", "k8s.pod.uid": "u", "k8s.cluster.uid": "cu",
        "k8s.namespace.name": "ns", "k8s.daemonset.name": "d",
      ])
  }

  @Test func theUserHasTheLastWordOnTheResource() {
    let resource = read([
      "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "K8S_NODE_NAME": "n", "OTEL_SERVICE_NAME": "mine",
      "OTEL_RESOURCE_ATTRIBUTES": "k8s.node.name=other,service.name=lost,team=a%3Db",
    ]).settings?.resource
    #expect(resource?["k8s.node.name"] == "other")
    #expect(resource?["service.name"] == "mine")
    #expect(resource?["team"] == "a=b")
  }

  @Test func damagedAttributesAreNotUsedAtAll() {
    let environment = [
      "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_RESOURCE_ATTRIBUTES": "team=a,broken",
    ]
    #expect(read(environment).settings?.resource["team"] == nil)
    #expect(
      problems(environment) == [
        "OTEL_RESOURCE_ATTRIBUTES: expected name=value,name=value; none of it is used"
      ])
  }

  @Test func timesAreMilliseconds() {
    let settings = read([
      "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_METRIC_EXPORT_INTERVAL": "1500",
      "OTEL_EXPORTER_OTLP_TIMEOUT": "2500",
    ]).settings
    #expect(settings?.interval == .milliseconds(1500))
    #expect(settings?.timeout == .milliseconds(2500))
  }

  @Test(arguments: ["0", "-1", "5s", "99999999999999999999"])
  func aTimeThatIsNoneIsSaid(_ text: String) {
    let environment = [
      "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_METRIC_EXPORT_INTERVAL": text,
    ]
    #expect(read(environment).settings?.interval == .seconds(60))
    #expect(
      problems(environment) == [
        "OTEL_METRIC_EXPORT_INTERVAL: expected milliseconds from 1 to 86400000; the default is used"
      ])
  }

  @Test func filesThatCannotBeReadSwitchTelemetryOffWithAWord() {
    let lines = LogLines()
    let telemetry = Telemetry(
      environment: [
        "OTEL_EXPORTER_OTLP_ENDPOINT": "https://c",
        "OTEL_EXPORTER_OTLP_CERTIFICATE": "/nowhere/ca.pem",
      ], container: "filelog-offset-sync", log: lines.log(), now: .zero)
    #expect(telemetry.nextDeadline == nil)
    #expect(
      lines.all == [
        #"{"time":"2026-01-02T03:04:05.678Z","level":"warn","msg":"telemetry: OTEL_EXPORTER_OTLP_CERTIFICATE: /nowhere/ca.pem cannot be read; no metrics are sent"}"#
          + "\n"
      ])
  }
}
