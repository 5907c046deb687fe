import FilelogCommandLine
import FoundationEssentials
import Simulation

/// What a simulation is played on, as the command line asks for it.
struct RunBackend {
  let backend: SimulationOptions.Backend
  /// The work directory, where it is a temporary one that is not to be kept.
  let temporary: RunDirectory?

  /// Options that virtual time has no use for.
  private static let ofProcesses =
    [
      "--collector", "--sync-program", "--init-program", "--work-dir", "--keep",
    ] + clusterOptions.map(\.name)

  init(_ invocation: Invocation, _ file: ScenarioFile?) throws {
    guard !invocation.has("--in-process") else {
      for option in Self.ofProcesses where invocation.has(option) {
        throw UsageError("\(option): not available with --in-process, which starts no program")
      }
      backend = .virtualTime
      temporary = nil
      return
    }
    let programs = try Self.programs(invocation)
    let chosen = invocation.value("--work-dir").map(absolutePath)
    let directory = RunDirectory.temporary(
      isSparse: file?.plan.makesSparseFiles
        ?? (invocation.value("--scenario") == Scenario.sparseFiles.rawValue))
    temporary = chosen == nil && !invocation.has("--keep") ? directory : nil
    backend = .processes(
      ProcessOptions(
        programs: programs, hostEnvironment: ProcessInfo.processInfo.environment,
        workDirectory: chosen ?? directory.path, cluster: try Self.cluster(invocation)))
  }

  var isVirtual: Bool { workDirectory == nil }

  /// Below it everything is written; nil where nothing is.
  var workDirectory: String? {
    if case .processes(let options) = backend { options.workDirectory } else { nil }
  }

  /// The same, in a directory of its own below the work directory.
  func within(_ directory: String) -> SimulationOptions.Backend {
    guard case .processes(var options) = backend else { return backend }
    options.workDirectory += "/" + directory
    return .processes(options)
  }

  /// Creates a work directory that the user chose.
  func createWorkDirectory() throws {
    if temporary == nil, let workDirectory { try File.createDirectory(workDirectory) }
  }

  private static func cluster(_ invocation: Invocation) throws -> ProcessOptions.ClusterSource {
    // A kubeconfig in the environment alone does not make a user's cluster an experiment.
    guard clusterOptions.contains(where: { invocation.value($0.name) != nil }) else {
      return .emulated
    }
    return .existing(
      try naming { try clusterConfiguration(invocation) }, keepsObjects: invocation.has("--keep"))
  }

  private static func programs(_ invocation: Invocation) throws -> Programs {
    let own = try ownExecutable()
    let directory = own.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    let beside = directory.joined(separator: "/") + "/filelog-offset-sync"
    let syncPrograms = invocation.values("--sync-program").map(absolutePath)
    let initPrograms = invocation.values("--init-program").map(absolutePath)
    let collector = invocation.value("--collector").map(absolutePath)
    guard !syncPrograms.isEmpty || isProgram(beside) else {
      throw UsageError(
        "--sync-program is missing, and beside this program there is no filelog-offset-sync (\(beside));"
          + " the image holds one, and --in-process takes none")
    }
    let sync = syncPrograms.isEmpty ? [beside] : syncPrograms
    let given =
      sync.map { ("--sync-program", $0) } + initPrograms.map { ("--init-program", $0) }
      + (collector.map { [("--collector", $0)] } ?? [])
    for (option, program) in given where !isProgram(program) {
      throw UsageError("\(option): \(program) is not an executable file")
    }
    return Programs(
      initialize: initPrograms.isEmpty ? sync : initPrograms, sync: sync,
      collector: collector.map { .real($0) }
        ?? .standIn(program: own, arguments: [standInCollectorCommand.name]))
  }
}

private func isProgram(_ path: String) -> Bool {
  var isDirectory = false
  return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && !isDirectory
    && FileManager.default.isExecutableFile(atPath: path)
}

private func absolutePath(_ path: String) -> String {
  path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
}

private func ownExecutable() throws -> String {
  guard let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
  else { throw CommandFailure("/proc/self/exe: cannot be read, so that no program is found") }
  return path
}
