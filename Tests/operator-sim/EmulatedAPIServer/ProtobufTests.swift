import JSON
import Testing

@testable import EmulatedAPIServer

/// Bodies as kubectl encodes them.
enum ProtobufSamples {
  /// A config map `m` with a label, data and binary data.
  static let configMap: [UInt8] = {
    var metadata = ProtobufWriter()
    metadata.string(1, "m")
    metadata.message(11) { entry in
      entry.string(1, "app")
      entry.string(2, "x")
    }
    var map = ProtobufWriter()
    map.message(1) { $0 = metadata }
    map.message(2) { entry in
      entry.string(1, "a")
      entry.string(2, "1")
    }
    map.message(3) { entry in
      entry.string(1, "b")
      entry.string(2, "\u{1}\u{2}")
    }
    var envelope = ProtobufWriter()
    envelope.message(1) { kind in
      kind.string(1, "v1")
      kind.string(2, "ConfigMap")
    }
    envelope.message(2) { $0 = map }
    return [0x6b, 0x38, 0x73, 0] + envelope.bytes
  }()
}

@Suite struct ProtobufTests {
  @Test func anObjectInProtobufIsTheSameAsInJSON() throws {
    let cluster = try TestCluster()
    let made = cluster.send(
      "POST", Maps.all, ProtobufSamples.configMap, type: MediaTypes.protobuf,
      accept: MediaTypes.protobuf + ",application/json")
    #expect(made.status == 201)
    let object = try ProtobufReader.object(made.bytes, as: "io.k8s.api.core.v1.ConfigMap")
    let name = try #require(object["metadata"]?["name"]?.string)
    let reply = cluster.send("GET", Maps.path(name))
    #expect(reply.json["metadata"]?["labels"] == .some(["app": "x"]))
    #expect(reply.json["data"] == .some(["a": "1"]))
    #expect(reply.json["binaryData"] == .some(["b": "AQI="]))
  }

  @Test func inlinedStructsStandInTheirObject() throws {
    // volumes: {name, volumeSource: {emptyDir: {sizeLimit: {string}}}}
    var pod = ProtobufWriter()
    pod.message(2) { spec in
      spec.message(1) { volume in
        volume.string(1, "v")
        volume.message(2) { source in
          source.message(2) { empty in empty.message(2) { $0.string(1, "10M") } }
        }
      }
    }
    var envelope = ProtobufWriter()
    envelope.message(2) { $0 = pod }
    let object = try ProtobufReader.object(
      [0x6b, 0x38, 0x73, 0] + envelope.bytes, as: "io.k8s.api.core.v1.Pod")
    #expect(
      object["spec"]?["volumes"] == .some([["name": "v", "emptyDir": ["sizeLimit": "10M"]]]))
  }

  @Test(arguments: [[], [0x7b, 0x7d], [0x6b, 0x38, 0x73, 0, 0xff]] as [[UInt8]])
  func whatIsNoProtobufIsRefused(_ bytes: [UInt8]) throws {
    let reply = try TestCluster().send(
      "POST", Maps.all, bytes, type: "application/vnd.kubernetes.protobuf")
    #expect(reply.status == 400)
    #expect(reply.reason == "BadRequest")
  }
}
