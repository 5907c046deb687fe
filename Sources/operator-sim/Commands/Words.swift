import Attachment
import DesiredState
import FilelogCommandLine
import FilelogKubernetesAPI
import Reconciler

// What the libraries' messages ask for, as flags of this program.

extension Remedy {
  var words: String {
    switch self {
    case .forceConflicts: "--force-conflicts takes that over"
    case .pruneOffsets: "--prune-offsets deletes offsets, too"
    case .pruneForeign: "--prune-foreign deletes it"
    case .stopCollecting:
      "name the namespaces with --monitoring, or confirm with --no-monitoring that none is wanted"
    case .configureExport:
      "give --values with the export, or --set operator.telemetryCollectionEnabled=false to collect "
        + "no logs any more"
    case .decideAboutOffsets:
      "--prune-offsets deletes them too, --keep-offsets keeps them for the next apply"
    case .decideAboutLateOffsets:
      "run again with --prune-offsets to delete them too, or keep them for the next apply"
    case .changeCredentials: "log in anew, or choose another --context"
    case .trustAuthority:
      "--certificate-authority, or in a kubeconfig certificate-authority, names the file with the "
        + "authority that signed it"
    case .nameServer:
      "reach it by a name that its certificate holds, or name that one in the kubeconfig, "
        + "tls-server-name"
    case .checkServer:
      "check --server, or the kubeconfig's server: something else than a Kubernetes API server answers "
        + "there"
    case .reachServer:
      "is the cluster running, and is it the one you mean? --context chooses another"
    case .askPermission: "ask for that permission, or choose another --context"
    case .giveClusterUID: "--cluster-uid sets it"
    case .changeRelease: "choose another --release, or delete that one first"
    }
  }
}

extension AttachOption {
  /// The option of `attach`.
  var flag: String {
    switch self {
    case .admissionPolicy: "--admission-policy"
    case .allowNone: "--allow-none"
    case .allowSurge: "--allow-surge"
    case .assumeFileStorage: "--assume-file-storage"
    case .collectorUser: "--collector-user"
    case .collectorVersion: "--collector-version"
    case .configuration: "--config-file"
    case .container: "--container"
    case .keepVolume: "--keep-volume"
    case .mapName: "--map-name"
    case .namespace: "--namespace"
    case .noRotatedLogs: "--no-rotated-logs"
    case .receivers: "--receivers"
    case .replaceVolume: "--replace-volume"
    case .selection: "--select"
    }
  }
}

extension AttachReport {
  /// Line by line.
  var lines: [String] { lines(\.flag) }
}

extension Message {
  var words: String { remedy.map { "\(text); \($0.words)" } ?? text }
}

extension ReconcileFailure {
  var words: String { messages.map(\.words).joined(separator: "\n") }
}

extension KubernetesError {
  var words: String { remedy.map { "\(self); \($0.words)" } ?? "\(self)" }
}

/// Runs a command's work so that what a library reports comes with this program's flags.
func naming<Value>(_ body: () throws -> Value) throws -> Value {
  do {
    return try body()
  } catch let failure as ReconcileFailure {
    throw CommandFailure(failure.words)
  } catch let error as KubernetesError {
    if case .malformedAnswer = error {
      throw CommandFailure("\(error); \(Remedy.checkServer.words)")
    }
    throw CommandFailure(error.words)
  } catch let error as InvalidInput {
    throw commandLineError(error)
  } catch let error as ConfigurationError where error.code == .noContext {
    throw CommandFailure("\(error); choose one with --context")
  }
}
