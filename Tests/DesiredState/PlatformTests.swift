import FilelogJSON
import Testing

@testable import DesiredState

/// Values that follow from where a cluster runs and how it is operated.
@Suite struct PlatformTests {
  private func manifests(_ values: String) throws -> [Manifest] {
    assembleDesiredState(try DesiredStateInput(request(values)))
  }

  private func spec(_ collectors: String) throws -> PodSpec {
    try PodSpec(manifests("operator: {collectors: {\(collectors)}}"))
  }

  @Test func autopilotMountsNothingOutsideOfVarLog() throws {
    let spec = try PodSpec(manifests("operator: {gke: {autopilot: {enabled: true}}}"))
    let paths = spec.volumes.compactMap { $0["hostPath"]?["path"]?.string }
    #expect(paths == ["/var/log/pods"])
    #expect(
      spec.template["metadata"]?["labels"]?["cloud.google.com/matching-allowlist"]
        == "dash0-opentelemetry-collector-agent-v1.0.3")
  }

  @Test func extraLogDirectoriesAreMountedReadOnly() throws {
    let spec = try spec("filelogExtraLogDirectories: [/data/docker]")
    let mount: JSONValue = [
      "name": "node-extra-logs-0", "mountPath": "/data/docker", "readOnly": true,
    ]
    let collector = try spec.container("opentelemetry-collector")
    #expect(collector["volumeMounts"]?.array?.contains(mount) == true)
    #expect(
      problems(
        request("operator: {collectors: {filelogExtraLogDirectories: [/var/log/pods/x, a, /]}}")
      ).count == 3)
  }

  @Test func shutdownDeadlineAndGracePeriodComeFromOneNumber() throws {
    let spec = try spec(
      "filelogOffsetSyncShutdownDeadline: 1m, filelogOffsetSyncInterval: 1s, filelogStartAt: end")
    #expect(spec.json["terminationGracePeriodSeconds"] == 70)
    let variables = try spec.container("filelog-offset-sync")["env"]?.array ?? []
    #expect(variables.contains(["name": "SHUTDOWN_DEADLINE", "value": "60s"]))
    #expect(variables.contains(["name": "SYNC_INTERVAL", "value": "1s"]))
    #expect(variables.contains(["name": "GOMEMLIMIT", "value": "24MiB"]))
  }

  @Test(arguments: ["500ms", "6m", "5", "soon", "\"\\0\""])
  func intervalsOutsideOfTheirRangeAreRefused(_ text: String) {
    let lines = problems(
      request("operator: {collectors: {filelogOffsetSyncInterval: \(text)}}"))
    #expect(lines.count == 1)
    #expect(lines[0].hasSuffix("expected whole seconds from 1s to 300s, like 10s or 1m"))
  }

  @Test func updateStrategyTakesAnyNumberOfNodesAndNoSurge() throws {
    let manifests = try manifests(
      "operator: {collectors: {daemonSetUpdateStrategy: {rollingUpdate: {maxUnavailable: 10%}}}}")
    let daemonSet = try #require(manifests.first { $0.kind == "DaemonSet" })
    #expect(
      daemonSet.json["spec"]?["updateStrategy"]
        == ["type": "RollingUpdate", "rollingUpdate": ["maxUnavailable": "10%"]])
    let key = "values.yaml:1: operator.collectors.daemonSetUpdateStrategy"
    func lines(_ strategy: String) -> [String] {
      problems(request("operator: {collectors: {daemonSetUpdateStrategy: \(strategy)}}"))
    }
    #expect(
      lines("{rollingUpdate: {maxSurge: 1}}") == [
        "\(key).rollingUpdate.maxSurge: found 1, expected 0: two collectors on a node would read "
          + "the same files"
      ])
    #expect(
      lines("{rollingUpdate: {maxUnavailable: 0}}") == [
        "\(key).rollingUpdate.maxUnavailable: found 0, expected a number of nodes from 1, or a "
          + "percentage like 10%"
      ])
    #expect(lines("{type: OnDelete, rollingUpdate: {maxUnavailable: 1}}").count == 1)
  }

  @Test func securityContextsAreExtended() throws {
    let spec = try spec(
      "daemonSetPodSecurityContext: {seLinuxOptions: {type: spc_t}, supplementalGroups: [4]}, "
        + "daemonSetContainerSecurityContext: {seccompProfile: {type: Unconfined}}")
    #expect(spec.json["securityContext"]?["seLinuxOptions"] == ["type": "spc_t"])
    #expect(spec.json["securityContext"]?["runAsUser"] == 65532)
    for container in spec.allContainers {
      #expect(container["securityContext"]?["seccompProfile"] == ["type": "Unconfined"])
      #expect(container["securityContext"]?["readOnlyRootFilesystem"] == true)
    }
    #expect(
      problems(
        request("operator: {collectors: {daemonSetPodSecurityContext: {runAsUser: 0}}}")
      ).count == 1)
    var old = request(
      "operator: {collectors: {daemonSetContainerSecurityContext: {appArmorProfile: {type: "
        + "Unconfined}}}}")
    old.kubernetesVersion = KubernetesVersion("1.29")
    #expect(problems(old).count == 1)
  }

  @Test func everyContainerHasAMemoryLimit() throws {
    for values in [
      "compressConfigMaps: true",
      "compressConfigMaps: true, filelogOffsetSyncStorageVolume: {name: v, hostPath: {path: /x}}",
    ] {
      for container in try spec(values).allContainers {
        #expect(container["resources"]?["limits"]?["memory"] != nil)
      }
    }
  }

  @Test func annotationsAndOwnerReachEveryObject() throws {
    var request = request("operator: {collectors: {filelogOffsetSyncAdmissionPolicy: true}}")
    let owner: JSONValue = ["apiVersion": "apps/v1", "kind": "Deployment", "name": "o", "uid": "u"]
    request.annotations = DesiredStateRequest.argoCDAnnotations
    request.ownerReference = owner
    let manifests = assembleDesiredState(try DesiredStateInput(request))
    #expect(manifests.count > 8)
    for manifest in manifests {
      let metadata = manifest.json["metadata"]
      #expect(metadata?["annotations"]?["argocd.argoproj.io/sync-options"] == "Prune=false")
      #expect(metadata?["ownerReferences"] == (manifest.namespace == nil ? nil : [owner]))
    }
    let template = try PodSpec(manifests).template
    #expect(template["metadata"]?["annotations"]?["argocd.argoproj.io/sync-options"] == nil)
  }

  @Test func adoptedDaemonSetKeepsItsSelector() throws {
    var request = request("{}")
    request.adoptedInstance = DesiredStateRequest.upstreamInstance
    let manifests = assembleDesiredState(try DesiredStateInput(request))
    let daemonSet = try #require(manifests.first { $0.kind == "DaemonSet" }).json
    let key = "app.kubernetes.io/instance"
    #expect(daemonSet["spec"]?["selector"]?["matchLabels"]?[key] == "dash0-operator")
    #expect(
      daemonSet["spec"]?["template"]?["metadata"]?["labels"]?[key] == "dash0-operator")
    #expect(daemonSet["metadata"]?["labels"]?[key] == "rel")
  }

  @Test func disabledReplicaSetInformerNarrowsAttributesAndRole() throws {
    let values = """
      operator:
        collectPodLabelsAndAnnotationsEnabled: false
        collectors:
          k8s_attributes: {disableReplicasetInformer: true, wait_for_metadata: true}
      """
    let input = try DesiredStateInput(request(values))
    let attributes = CollectorConfiguration(input).tree["processors"]?["k8s_attributes"]
    #expect(attributes?["wait_for_metadata"] == true)
    #expect(attributes?["wait_for_metadata_timeout"] == "15s")
    #expect(attributes?["extract"]?["labels"] == nil)
    let key = "deployment_name_from_replicaset"
    #expect(attributes?["extract"]?[key] == nil)
    // Collectors before 0.153 need it, and from 0.160 on do not start with it.
    let older = request(
      "operator: {collectorImage: {repository: otel/opentelemetry-collector-k8s, tag: 0.152.0}}",
      base: baseValues + values.dropFirst("operator:".count))
    let olderAttributes = try CollectorConfiguration(DesiredStateInput(older)).tree["processors"]
    #expect(olderAttributes?["k8s_attributes"]?["extract"]?[key] == true)
    let metadata = attributes?["extract"]?["metadata"]?.array ?? []
    #expect(!metadata.contains("k8s.deployment.uid"))
    let role = try #require(assembleDesiredState(input).first { $0.kind == "ClusterRole" })
    let resources = (role.json["rules"]?.array ?? []).flatMap { $0["resources"]?.array ?? [] }
    #expect(resources == ["namespaces", "nodes", "pods", "nodes", "jobs", "configmaps"])
  }

  @Test func componentNamesFollowCollectorVersion() throws {
    func receivers(_ image: String, _ collectors: String = "") throws -> [String] {
      let input = try DesiredStateInput(
        request("operator: {collectorImage: {\(image)}, collectors: {\(collectors)}}"))
      return (CollectorConfiguration(input).tree["receivers"]?.object ?? [:]).keys.sorted()
    }
    #expect(try receivers("tag: 0.153.0") == ["file_log"])
    let contrib = "repository: otel/opentelemetry-collector-contrib"
    #expect(try receivers("\(contrib), tag: 0.156.0") == ["file_log"])
    #expect(try receivers("\(contrib), tag: 0.140.0") == ["filelog"])
    #expect(try receivers("\(contrib), tag: latest") == ["filelog"])
    #expect(try receivers("repository: a/b, tag: 0.156.0") == ["filelog"])
    #expect(try receivers("repository: a/b", "collectorVersion: 0.156.0") == ["file_log"])
  }
}
