/// How long a pod has to stop, and how much of that the sync container takes at most: both from one
/// number.
public enum ShutdownTiming {
  /// After this many seconds the kubelet kills what still runs; Kubernetes' own default.
  public static let gracePeriodSeconds = 30

  /// What is left of the grace period after the sync container's deadline, in seconds: for one last,
  /// possibly retried, request.
  public static let reserveSeconds = 10

  /// How long the sync container goes on after SIGTERM at most: the collector may take its time with
  /// a slow backend.
  public static func deadlineSeconds(gracePeriodSeconds: Int) -> Int {
    gracePeriodSeconds - reserveSeconds
  }

  /// The grace period that a pod needs for a deadline.
  public static func gracePeriodSeconds(deadlineSeconds: Int) -> Int {
    deadlineSeconds + reserveSeconds
  }
}
