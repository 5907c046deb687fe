internal import FilelogJSON

/// What a pod asked of the API server.
struct FleetRequest {
  enum Kind { case read, write }

  var time: Duration
  /// Counts the nodes from 0.
  var node: Int
  var kind: Kind
  var status: Int
  /// Of the request's body.
  var bytes: Int
  var responseBytes: Int
  /// Whether something was stored.
  var changed: Bool
}

/// What a fleet did to its API server.
public struct FleetFigures: Sendable {
  /// What is counted in one second.
  struct Second: Equatable, Sendable {
    /// Writes that reached the server.
    var writes = 0
    var refused = 0
    /// Reads that reached the server.
    var reads = 0
    /// Of bodies, to the server.
    var bytes = 0
    /// Of bodies, to the pods.
    var responseBytes = 0
  }

  /// How a fleet came back after the API server had been away.
  public struct Recovery: Sendable, Equatable {
    /// Since the simulation began.
    public var end: Duration
    /// How long the server was away.
    public var length: Duration
    /// Mean of the undisturbed seconds before it.
    public var steadyWrites: Double
    /// The most in one second, from its end to the next disturbance or for ten minutes.
    public var peakWrites: Int

    /// The peak in terms of the steady state; nil where nothing was written then.
    public var ratio: Double? { steadyWrites > 0 ? Double(peakWrites) / steadyWrites : nil }

    /// The most writes in one second of a fleet that does not come back all at once: twice the steady
    /// state. Where fewer than twenty are written in a mean second, chance alone makes seconds of more
    /// than twice as many, so that it is what chance explains; nil where nothing was written.
    public var limit: Double? {
      steadyWrites > 0
        ? max(2 * steadyWrites, steadyWrites + 4 * steadyWrites.squareRoot() + 1) : nil
    }

    /// Whether the fleet came back spread over time.
    public var isSpread: Bool { limit.map { Double(peakWrites) <= $0 } ?? true }
  }

  /// Whether the fleet came back spread over time whenever the API server had been away.
  public var isSpread: Bool { recoveries.allSatisfy(\.isSpread) }

  var seconds: [Second]
  /// Writes that reached the server, refused ones included.
  public var writes: Int
  /// Refused or failed.
  public var refusedWrites: Int
  /// Reads that reached the server.
  public var reads: Int
  /// Bytes of all requests' bodies.
  public var writeBytes: Int
  /// Bytes of all responses' bodies.
  public var responseBytes: Int
  /// Requests that met no server.
  public var unanswered: Int
  /// The most writes in one second.
  public var peakWrites: Int
  /// Mean of all undisturbed seconds.
  public var steadyWrites: Double
  /// One for each time that the API server was away, in order.
  public var recoveries: [Recovery]

  init(
    _ requests: [FleetRequest], unanswered: Int, undisturbed: [ClosedRange<Duration>],
    outages: [ClosedRange<Duration>], end: Duration
  ) {
    var seconds = [Second](repeating: Second(), count: Int(end / .seconds(1)) + 1)
    for request in requests {
      let index = min(Int(request.time / .seconds(1)), seconds.count - 1)
      switch request.kind {
      case .read: seconds[index].reads += 1
      case .write:
        seconds[index].writes += 1
        if request.status >= 300 { seconds[index].refused += 1 }
      }
      seconds[index].bytes += request.bytes
      seconds[index].responseBytes += request.responseBytes
    }
    self.seconds = seconds
    self.unanswered = unanswered
    writes = seconds.reduce(0) { $0 + $1.writes }
    refusedWrites = seconds.reduce(0) { $0 + $1.refused }
    reads = seconds.reduce(0) { $0 + $1.reads }
    writeBytes = seconds.reduce(0) { $0 + $1.bytes }
    responseBytes = seconds.reduce(0) { $0 + $1.responseBytes }
    peakWrites = seconds.map(\.writes).max() ?? 0
    let quiet = undisturbed.map(Self.wholeSeconds)
    steadyWrites = Self.mean(seconds, quiet)
    // One that still goes on, in a run that was interrupted, has no recovery.
    recoveries = outages.filter { $0.upperBound < end }.map { outage in
      let before = quiet.last { $0.upperBound <= Int(outage.lowerBound / .seconds(1)) + 1 }
      let start = Int(outage.upperBound / .seconds(1))
      let after = undisturbed.first { $0.lowerBound >= outage.upperBound - .seconds(1) }
      let last = after.map { Int($0.upperBound / .seconds(1)) } ?? start + 600
      let window = seconds[min(start, seconds.count)..<min(max(start, last), seconds.count)]
      return Recovery(
        end: outage.upperBound, length: outage.upperBound - outage.lowerBound,
        steadyWrites: before.map { Self.mean(seconds, [$0]) } ?? 0,
        peakWrites: window.map(\.writes).max() ?? 0)
    }
  }

  /// The seconds that lie in a range with both their ends.
  private static func wholeSeconds(_ range: ClosedRange<Duration>) -> Range<Int> {
    let first = Int((range.lowerBound / .seconds(1)).rounded(.up))
    return first..<max(first, Int(range.upperBound / .seconds(1)))
  }

  private static func mean(_ seconds: [Second], _ ranges: [Range<Int>]) -> Double {
    let chosen = ranges.flatMap { seconds[$0.clamped(to: seconds.indices)] }
    return chosen.isEmpty ? 0 : Double(chosen.reduce(0) { $0 + $1.writes }) / Double(chosen.count)
  }

  /// For machines.
  var json: JSONValue {
    [
      "writes": .integer(writes), "refusedWrites": .integer(refusedWrites),
      "reads": .integer(reads), "writeBytes": .integer(writeBytes),
      "responseBytes": .integer(responseBytes), "unanswered": .integer(unanswered),
      "peakWritesPerSecond": .integer(peakWrites),
      "steadyWritesPerSecond": .number(Self.rounded(steadyWrites)),
      "recoveries": .array(
        recoveries.map { recovery in
          [
            "outageSeconds": .number(recovery.length / .seconds(1)),
            "endSeconds": .number(recovery.end / .seconds(1)),
            "steadyWritesPerSecond": .number(Self.rounded(recovery.steadyWrites)),
            "peakWritesPerSecond": .integer(recovery.peakWrites),
            "ratio": recovery.ratio.map { .number(Self.rounded($0)) } ?? .null,
            "peakLimit": recovery.limit.map { .number(Self.rounded($0)) } ?? .null,
            "spread": .bool(recovery.isSpread),
          ]
        }),
    ]
  }

  private static func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
}
