/// A simulation that cannot go on, in words for its user.
public struct SimulationError: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String

  /// The user wanted it to stop.
  public static let interrupted = SimulationError("interrupted")

  /// - Parameter description: a sentence for the user.
  public init(_ description: String) { self.description = description }
}
