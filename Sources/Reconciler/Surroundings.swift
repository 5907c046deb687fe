/// Time, chance, and the wish of somebody to stop: the outside world but for the API server.
public struct Surroundings {
  /// Time since some fixed moment.
  public var now: () -> Duration
  /// Waits so long, or until somebody wants to stop.
  public var wait: (Duration) -> Void
  /// Whether somebody wants to stop.
  public var isStopRequested: () -> Bool
  /// Where jitter comes from.
  public var random: any RandomNumberGenerator

  /// Surroundings made of these.
  public init(
    now: @escaping () -> Duration, wait: @escaping (Duration) -> Void,
    isStopRequested: @escaping () -> Bool,
    random: any RandomNumberGenerator = SystemRandomNumberGenerator()
  ) {
    self.now = now
    self.wait = wait
    self.isStopRequested = isStopRequested
    self.random = random
  }
}
