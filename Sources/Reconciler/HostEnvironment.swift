/// Time, randomness, and the caller's wish to stop: everything outside but the API server.
public struct HostEnvironment {
  /// Time since some fixed moment.
  public var now: () -> Duration
  /// Waits so long, or until the caller wants to stop.
  public var wait: (Duration) -> Void
  /// Whether the caller wants to stop.
  public var isStopRequested: () -> Bool
  /// Where jitter comes from.
  public var random: any RandomNumberGenerator

  /// An environment made of these.
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
