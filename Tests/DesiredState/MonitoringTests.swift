import FilelogContract
import FilelogJSON
import Testing

@testable import DesiredState

/// What `Dash0Monitoring` and `Dash0OperatorConfiguration` objects ask for.
@Suite struct MonitoringTests {
  private func input(_ monitoring: String, values: String = "{}") throws -> DesiredStateInput {
    try DesiredStateInput(request(values, monitoring: monitoring))
  }

  private static func object(_ namespace: String, _ spec: String) -> String {
    "kind: Dash0Monitoring\nmetadata: {namespace: \(namespace)}\nspec: \(spec)\n---\n"
  }

  @Test func filtersAndTransformsAreScopedToTheirNamespaces() throws {
    let tree = CollectorConfiguration(
      try input(
        Self.object(
          "shop",
          "{filter: {logs: {log_records: ['body == \"a\"', 'true']}}, transform: {error_mode: silent, "
            + "log_statements: ['set(body, \"x\")', {context: log, error_mode: propagate, "
            + "conditions: ['true'], statements: ['b()', 'c()']}]}}")
          + Self.object(
            "billing", "{filter: {error_mode: propagate, logs: {log_records: ['C()']}}}"))
    ).tree
    let shop = "resource.attributes[\"k8s.namespace.name\"] == \"shop\""
    #expect(
      tree["processors"]?["filter/logs/custom_telemetry_filter"] == [
        "error_mode": "propagate",
        "logs": [
          "log_record": [
            "resource.attributes[\"k8s.namespace.name\"] == \"billing\" and (C())",
            .string("\(shop) and (body == \"a\")"), .string("\(shop) and (true)"),
          ]
        ],
      ])
    #expect(
      tree["processors"]?["transform/logs/custom_telemetry_transform"] == [
        "error_mode": "silent",
        "log_statements": [
          ["conditions": [.string(shop)], "statements": ["set(body, \"x\")"]],
          [
            "conditions": [.string("\(shop) and (true)")], "statements": ["b()", "c()"],
            "context": "log", "error_mode": "propagate",
          ],
        ],
      ])
    #expect(
      tree["service"]?["pipelines"]?["logs"]?["processors"] == [
        "memory_limiter", "resourcedetection", "k8s_attributes",
        "transform/logs/filelog_service_attributes", "resource",
        "filter/logs/custom_telemetry_filter", "batch",
        "transform/logs/custom_telemetry_transform", "transform/resources",
      ])
  }

  @Test func namespacesWithoutLogCollectionHaveNoFilters() throws {
    let tree = CollectorConfiguration(
      try input(
        Self.object("shop", "{}")
          + Self.object(
            "quiet", "{logCollection: {enabled: false}, filter: {logs: {log_records: ['true']}}}"))
    ).tree
    #expect(tree["processors"]?["filter/logs/custom_telemetry_filter"] == nil)
  }

  @Test func namespacesWithExportsAreRoutedThere() throws {
    let input = try input(
      Self.object(
        "team-a",
        "{exports: [{dash0: {endpoint: \"d:1\", dataset: a, authorization: {token: s3cr3t}}, "
          + "http: {endpoint: \"https://h\", headers: [{name: X, value: v}]}}, {grpc: {endpoint: "
          + "\"g:1\", keepalive: {time: 30s}, balancer_name: round_robin}}]}")
        + Self.object("team-b", "{}"))
    let tree = CollectorConfiguration(input).tree
    let names: JSONValue = [
      "otlp_grpc/dash0/ns/team-a_0", "otlp_grpc/ns/team-a_1", "otlp_http/ns/team-a_0/proto",
    ]
    #expect(
      tree["connectors"] == [
        "routing/logs": [
          "default_pipelines": ["logs/export/default"], "error_mode": "ignore",
          "table": [
            [
              "context": "resource",
              "condition": "attributes[\"k8s.namespace.name\"] == \"team-a\"",
              "pipelines": ["logs/export/ns/team-a"],
            ]
          ],
        ]
      ])
    let pipelines = tree["service"]?["pipelines"]
    #expect(pipelines?["logs"]?["exporters"] == ["routing/logs"])
    #expect(
      pipelines?["logs/export/default"]
        == ["receivers": ["routing/logs"], "exporters": ["otlp_grpc/default_0"]])
    #expect(
      pipelines?["logs/export/ns/team-a"] == ["receivers": ["routing/logs"], "exporters": names])
    #expect(
      tree["exporters"]?["otlp_grpc/dash0/ns/team-a_0"] == [
        "endpoint": "d:1", "balancer_name": "pick_first",
        "headers": [
          "Authorization": "Bearer ${env:DASH0_TOKEN_OF_EXPORT_0_OF_TEAM_A}", "Dash0-Dataset": "a",
        ],
      ])
    #expect(
      tree["exporters"]?["otlp_grpc/ns/team-a_1"] == [
        "endpoint": "g:1", "balancer_name": "round_robin", "keepalive": ["time": "30s"],
      ])
    let secret = try #require(assembleDesiredState(input).first { $0.kind == "Secret" })
    #expect(
      Set(secret.json["data"]?.object?.keys ?? [:].keys) == [
        "dash0-token-of-export-0-of-team-a", "http-header-0-of-export-0-of-team-a",
      ])
  }

  @Test func operatorConfigurationOverridesValues() throws {
    let configuration = """
      kind: Dash0OperatorConfiguration
      metadata: {name: configuration}
      spec:
        clusterName: prod
        exports: [{grpc: {endpoint: "a:1", insecure: true}}, {grpc: {endpoint: "b:1"}}]
        selfMonitoring: {enabled: false}
        collectNodeLabelsAndAnnotations: {enabled: true}
        kubernetesInfrastructureMetricsCollection: {enabled: true}

      """
    let input = try input(configuration + "---\n" + Self.object("shop", "{}"))
    #expect(input.settings.clusterName == "prod")
    #expect(!input.settings.monitorsItself)
    let tree = CollectorConfiguration(input).tree
    #expect(
      tree["exporters"] == [
        "otlp_grpc/default_0": ["endpoint": "a:1", "tls": ["insecure": true]],
        "otlp_grpc/default_1": ["endpoint": "b:1"],
      ])
    #expect(
      tree["processors"]?["k8s_attributes"]?["extract"]?["labels"] == [
        ["tag_name": "k8s.node.label.$$1", "key_regex": "(.*)", "from": "node"],
        ["tag_name": "k8s.pod.label.$$1", "key_regex": "(.*)", "from": "pod"],
      ])
    #expect(
      input.notes.contains(.configurationCounts(name: "configuration", keys: ["operator.export"])))
  }

  @Test func unavailableObjectsAreIgnoredWithNotes() throws {
    let list = """
      apiVersion: v1
      kind: List
      items:
      - kind: Dash0Monitoring
        metadata: {name: new, namespace: shop, creationTimestamp: "2026-01-01T00:00:00Z"}
        spec: {logCollection: {enabled: true}}
        status: {conditions: [{type: Available, status: "True"}]}
      - kind: Dash0Monitoring
        metadata: {name: old, namespace: shop, creationTimestamp: "2025-01-01T00:00:00Z"}
        status: {conditions: [{type: Available, status: "False", reason: NewerResourceIsPresent}]}
      - kind: Dash0Monitoring
        metadata: {name: m, namespace: gone, deletionTimestamp: "2026-02-01T00:00:00Z"}
        status: {conditions: [{type: Available, status: "True"}]}
      - kind: Dash0Monitoring
        metadata: {name: m, namespace: not-yet}

      """
    let input = try input(list)
    #expect(input.collectedNamespaces == ["shop"])
    #expect(
      input.notes.map(\.description).dropLast() == [
        "Dash0Monitoring shop/old is ignored: it is not available: NewerResourceIsPresent",
        "Dash0Monitoring gone/m is ignored: it is being deleted",
        "Dash0Monitoring not-yet/m is ignored: it is not available: no status yet",
      ])
    #expect(input.notes.last == .layoutChosen(.shared, .unknownKubernetes))
  }

  @Test func automaticMonitoringCollectsSelectedNamespaces() throws {
    var request = request(
      "operator: {autoMonitorNamespaces: {enabled: true}, monitoringTemplate: {spec: {filter: "
        + "{logs: {log_records: ['true']}}}}}",
      monitoring: Self.object("own", "{}"))
    request.namespaces = [InputFile(name: "ns", text: "shop\nkube-system\nown\nops\n")]
    var input = try DesiredStateInput(request)
    #expect(input.collectedNamespaces == ["own", "shop"])
    #expect(input.namespaces.map { $0.filter != nil } == [false, true])
    request.namespaces = [
      InputFile(
        name: "ns",
        text: """
          kind: List
          items:
          - {kind: Namespace, metadata: {name: a, labels: {dash0.com/enable: "false"}}}
          - {kind: Namespace, metadata: {name: b}}
          """)
    ]
    input = try DesiredStateInput(request)
    #expect(input.collectedNamespaces == ["b", "own"])
    request.namespaces = []
    #expect(try DesiredStateInput(request).notes.contains(.namespacesUnknown))
    request.namespaceObjects = [["kind": "Namespace", "metadata": ["name": "c"]]]
    input = try DesiredStateInput(request)
    #expect(input.collectedNamespaces == ["c", "own"])
    #expect(!input.notes.contains(.namespacesUnknown))
    // Of names alone no labels are known.
    request.namespaceObjects = [
      ["kind": "Namespace", "metadata": ["name": "c", "labels": ["dash0.com/enable": "false"]]]
    ]
    input = try DesiredStateInput(request)
    #expect(input.notes.contains(.noNamespaceMatches(selector: "dash0.com/enable!=false")))
  }

  @Test(arguments: [
    "a\n# not this\n  b\n", "namespace/a\nnamespace/b\n", "a b", "a\r\nb\r\n",
  ])
  func namespacesAreReadAsKubectlPrintsTheirNames(_ text: String) throws {
    var request = request("operator: {autoMonitorNamespaces: {enabled: true}}")
    request.namespaces = [InputFile(name: "ns", text: text)]
    #expect(try DesiredStateInput(request).collectedNamespaces == ["a", "b"])
  }

  @Test func namespacesWithoutAutomaticMonitoringAreNoted() throws {
    var request = request("{}")
    request.namespaces = [InputFile(name: "ns", text: "a\nb\n")]
    #expect(
      try DesiredStateInput(request).notes.map(\.description).contains(
        "without effect, as autoMonitorNamespaces is not enabled: ns"))
  }

  @Test func decodedObjectsAndNamespacesAreRead() throws {
    var request = request("{}")
    request.collectedNamespaces = ["z", "a"]
    request.monitoringObjects = [
      ["kind": "Dash0Monitoring", "metadata": ["namespace": "m"]]
    ]
    #expect(try DesiredStateInput(request).collectedNamespaces == ["a", "m", "z"])
    request.collectedNamespaces = ["A"]
    #expect(
      problems(request) == [
        "collectedNamespaces: found \"A\", expected a namespace name (up to 63 of a-z, 0-9 and -)"
      ])
  }

  @Test(arguments: [
    (
      "{filtr: {}}",
      "spec.filtr: found an unknown key, did you mean filter?"
    ),
    (
      "{filter: {logs: {log_record: ['true']}}}",
      "spec.filter.logs.log_record: found an unknown key, did you mean log_records?"
    ),
    (
      "{filter: {logs: {log_records: ['true) or (true']}}}",
      "spec.filter.logs.log_records[0]: found \"true) or (true\", whose parentheses or quotes do not "
        + "match, expected a whole OTTL condition"
    ),
    (
      "{transform: {log_statements: ['set(body, \"${env:TOKEN}\")']}}",
      "spec.transform.log_statements[0]: found ${…}, which the collector would replace by a part of "
        + "its environment, expected $${…}, for the text itself"
    ),
    (
      "{transform: {log_statements: [{context: span, statements: ['a()']}]}}",
      "spec.transform.log_statements[0].context: found \"span\", expected one of log, resource, scope"
    ),
    (
      "{filter: {error_mode: loud, logs: {log_records: [1]}}}",
      "spec.filter.error_mode: found \"loud\", expected one of silent, ignore, propagate\n"
        + "spec.filter.logs.log_records[0]: found 1, expected text in OTTL"
    ),
    (
      "{filter: {logs: {log_records: ['IsMatch(body, \"\\d+\")', 'body = \"a\"', 'span.name == \"a\"', "
        + "'body ==']}}}",
      """
      spec.filter.logs.log_records[0]: found "IsMatch(body, \\"\\\\d+\\")", with a backslash that \
      escapes nothing in a text (a regular expression needs two), wrong from "\\\\d+\\")" on, expected \
      an OTTL condition
      spec.filter.logs.log_records[1]: found "body = \\"a\\"", wrong from "= \\"a\\"" on, expected an \
      OTTL condition
      spec.filter.logs.log_records[2]: found "span.name == \\"a\\"", with the path span of another signal \
      than logs, wrong from "span.name == \\"a\\"" on, expected an OTTL condition
      spec.filter.logs.log_records[3]: found "body ==", which ends too early, expected an OTTL condition
      """
    ),
    (
      "{transform: {log_statements: ['Set(body, \"a\")', 7]}}",
      """
      spec.transform.log_statements[0]: found "Set(body, \\"a\\")", wrong from "Set(body, \\"a\\")" on, \
      expected an OTTL statement like set(attributes["a"], "b")
      spec.transform.log_statements[1]: found 7, expected text in OTTL
      """
    ),
    (
      "{instrumentWorkloads: all, eventCollection: {enabled: \"true\"}, prometheusScraping: true, "
        + "synchronizePrometheusRules: 1}",
      """
      spec.eventCollection.enabled: found "true", expected true or false
      spec.instrumentWorkloads: found "all", expected a mapping
      spec.prometheusScraping: found true, expected a mapping
      spec.synchronizePrometheusRules: found 1, expected true or false
      """
    ),
    (
      "{instrumentWorkloads: {mode: every, labelSelector: \"a in\", traceContext: {propagators: "
        + "\"b3, zipkin\"}}}",
      """
      spec.instrumentWorkloads.labelSelector: found "a in", expected a label selector like \
      dash0.com/enable!=false
      spec.instrumentWorkloads.mode: found "every", expected one of all, created-and-updated, none
      spec.instrumentWorkloads.traceContext.propagators: found "b3, zipkin", expected names of trace \
      context propagators like tracecontext,baggage
      """
    ),
    (
      "{filter: {traces: {spans: [a]}, metrics: {metric: a}}, transform: {trace_statements: [{statement: "
        + "a}], metric_statements: a}}",
      """
      spec.filter.metrics.metric: found "a", expected a list
      spec.filter.traces.spans: found an unknown key, did you mean span?
      spec.transform.metric_statements: found "a", expected a list
      spec.transform.trace_statements[0].statement: found an unknown key, did you mean statements?
      """
    ),
    (
      "{zzz: 1}",
      "spec.zzz: found an unknown key, expected one of eventCollection, export, exports, filter, "
        + "instrumentWorkloads, logCollection, prometheusScraping, synchronizePersesDashboards, "
        + "synchronizePrometheusRules, transform"
    ),
    (
      "{export: {dash0: {endpoint: 1, authorization: {token: s3cr3t, secretRef: {}}}}}",
      "spec.export.dash0.authorization: found both token and secretRef, expected one of the two\n"
        + "spec.export.dash0.endpoint: found 1, expected an OTLP/gRPC endpoint like "
        + "ingress.example.com:4317 (in quotes)"
    ),
    (
      "{exports: [{}]}",
      "spec.exports[0]: found no export, expected at least one of dash0, grpc and http"
    ),
    (
      "{exports: [{dash0: {endpoint: \"h:1\", authorization: {tokn: s3cr3t}}}]}",
      "spec.exports[0].dash0.authorization.tokn: found an unknown key, did you mean token?\n"
        + "spec.exports[0].dash0.authorization: found neither token nor secretRef, expected one of "
        + "the two"
    ),
  ])
  func wrongSpecsAreExplained(_ spec: String, _ expected: String) {
    let lines = problems(request("{}", monitoring: Self.object("shop", spec)))
    #expect(lines == expected.split(separator: "\n").map { "monitoring.yaml:3: " + $0 })
  }

  @Test func olderVersionsHaveTheirOwnFields() throws {
    let older = "apiVersion: operator.dash0.com/v1alpha1\n"
    let spec = "{instrumentWorkloads: all, prometheusScrapingEnabled: true}"
    #expect(problems(request("{}", monitoring: older + Self.object("shop", spec))) == [])
    #expect(
      problems(request("{}", monitoring: Self.object("shop", spec))).contains {
        $0.hasPrefix("monitoring.yaml:3: spec.prometheusScrapingEnabled: found an unknown key")
      })
  }

  @Test func referencesHaveTheDefaultsOfTheSchema() throws {
    let input = try input(
      Self.object(
        "shop", "{exports: [{dash0: {endpoint: \"d:1\", authorization: {secretRef: {name: s}}}}]}"))
    let dash0 = try #require(input.namespaces.first?.exports.first?.dash0)
    #expect(dash0.token == .reference(SecretReference(name: "s", key: "token")))
  }

  @Test func fieldsWithoutEffectAreNamed() throws {
    let notes = try input(
      Self.object(
        "quiet",
        "{logCollection: {enabled: false}, filter: {logs: {log_records: ['true']}}, transform: "
          + "{log_statements: ['a()']}}")
        + Self.object("mode", "{filter: {error_mode: silent}, transform: {error_mode: silent}}")
        + Self.object("traces", "{filter: {error_mode: silent, traces: {span: ['true']}}}")
        + Self.object("ops", "{}")
    ).notes.map(\.description)
    #expect(
      notes.filter { !$0.hasPrefix("filelogOffsetSyncLayout") } == [
        "Dash0Monitoring ops/ is ignored: logs of the operator's own namespace are not collected",
        "without effect, as the filter has no conditions on log records: monitoring.yaml:7: "
          + "spec.filter.error_mode",
        "without effect, as the transform has no log_statements: monitoring.yaml:7: "
          + "spec.transform.error_mode",
        "without effect, as logCollection.enabled is false: monitoring.yaml:3: spec.filter.logs, "
          + "monitoring.yaml:3: spec.transform.log_statements",
      ])
  }

  @Test func valuesSwitchTelemetryCollectionOffBesideAConfiguration() throws {
    let configuration =
      "kind: Dash0OperatorConfiguration\nmetadata: {name: c}\nspec: {exports: "
      + "[{grpc: {endpoint: \"g:1\"}}]}\n"
    let input = try input(
      configuration, values: "operator: {telemetryCollectionEnabled: false, clusterName: prod}")
    #expect(!input.rendersCollector)
    #expect(
      input.notes.first
        == .configurationCounts(
          name: "c",
          keys: ["operator.clusterName", "operator.export", "operator.selfMonitoringEnabled"]))
  }

  @Test func exportsInMonitoringTemplateAreRefusedAsUpstream() {
    let template = "{spec: {exports: [{grpc: {endpoint: \"h:1\"}}]}}"
    #expect(
      problems(request("operator: {monitoringTemplate: \(template)}")) == [
        "values.yaml:1: operator.monitoringTemplate.spec: found exports, expected none: those of the "
          + "operator are for all of its namespaces"
      ])
  }

  @Test func errorModePropagateIsRefusedWithAtLeastOnce() {
    let spec = "{filter: {error_mode: propagate, logs: {log_records: ['true']}}}"
    let lines = problems(
      request(
        "operator: {collectors: {filelogDelivery: atLeastOnce}}",
        monitoring: Self.object("shop", spec)))
    #expect(
      lines == [
        "values.yaml:1: operator.collectors.filelogDelivery: found atLeastOnce beside error_mode "
          + "propagate in namespace shop, expected error_mode ignore or silent: the receiver would "
          + "try a record that fails again and again, and read nothing after it"
      ])
  }

  @Test func twoObjectsWithoutAgeForOneNamespaceAreRefused() {
    let text = Self.object("shop", "{}") + Self.object("shop", "{}")
    #expect(
      problems(request("{}", monitoring: text)) == [
        "monitoring.yaml:6: metadata.namespace: found a second Dash0Monitoring for \"shop\", "
          + "expected one for each namespace"
      ])
  }
}
