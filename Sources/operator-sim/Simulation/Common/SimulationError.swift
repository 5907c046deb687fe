/// A simulation that cannot be played or cannot go on.
public struct SimulationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What callers tell apart: a program adds which of its options helps.
  public enum Code: Hashable, Sendable {
    /// The user interrupted it.
    case interrupted
    /// What is played needs processes.
    case needsProcesses
    /// What is played needs a program of the version before.
    case needsVersionBefore
    /// What is played needs an API server that can fail on demand: the emulated one.
    case needsFaultInjection
    /// The file system has no room for files that are as long as files may be.
    case needsSparseFiles
    /// The cluster already holds an object of the release that is to be simulated.
    case releaseExists
    /// The cluster has a node with the name of a simulated one.
    case nodeExists
    /// The cluster cannot be used for a simulation.
    case unsuitableCluster
    /// Anything else.
    case failed
  }

  /// What kind of problem it is.
  public let code: Code
  /// The problem and its place.
  public let description: String

  /// The user interrupted the simulation.
  public static let interrupted = SimulationError(.interrupted, "interrupted")

  /// A problem of a kind; the description names it and its place, for the user.
  public init(_ code: Code, _ description: String) {
    self.code = code
    self.description = description
  }

  /// A problem of no particular kind.
  public init(_ description: String) { self.init(.failed, description) }
}
