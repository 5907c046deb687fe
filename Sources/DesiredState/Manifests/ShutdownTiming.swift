/// How long a pod has to stop, and how much of that the sync container takes at most: both from one
/// number.
enum ShutdownTiming {
  /// After this many seconds the kubelet kills what still runs.
  static let gracePeriodSeconds = 30

  /// The sync container goes on while the collector stops, which may take its time with a slow
  /// backend. What is left after this many seconds is for one last, possibly retried, request.
  static let syncDeadlineSeconds = gracePeriodSeconds - 10
}
