public import FilelogHTTPClient
internal import FilelogJSON
public import FilelogSystemCalls
public import FilelogText

/// Starts exchanges that make progress only when they are looked after: libcurl, or what a test
/// puts in its place.
public protocol MetricChannel {
  /// Starts an exchange and returns at once.
  /// - Throws: `HTTPFailure` when the request cannot be sent at all.
  func begin(_ request: HTTPRequest) throws(HTTPFailure) -> any MetricTransfer
}

/// An exchange under way.
public protocol MetricTransfer {
  /// - Returns: the answer, or nil while it is not complete.
  func poll(waitingUpTo: Duration) throws(HTTPFailure) -> HTTPResponse?
  /// Gives the exchange up.
  func cancel()
}

extension HTTPTransfer: MetricTransfer {}

extension HTTPClient: MetricChannel {
  public func begin(_ request: HTTPRequest) throws(HTTPFailure) -> any MetricTransfer {
    try start(request)
  }
}

/// Sends metrics now and then, in slices so short that an endpoint which is slow, down or hostile
/// delays no store.
///
/// Call ``poll(now:)`` when ``nextDeadline`` comes, and sooner if convenient. Metrics are cumulative:
/// an export that failed is made up for by the next.
public final class MetricExporter {
  private let settings: TelemetrySettings
  private let metrics: Metrics
  private let log: Log
  private let channel: any MetricChannel
  private let clock: () -> Timestamp
  private let start: Timestamp

  private var state: State
  private var isFailing = false
  private var wasPartlyRejected = false

  private enum State {
    case idle(until: Duration)
    case underWay(any MetricTransfer, began: Duration, nextLook: Duration, pause: Duration)
  }

  /// Pauses between looks at a transfer: short at first, as most end within a few milliseconds.
  private static let pauses = (first: Duration.milliseconds(5), longest: Duration.milliseconds(250))

  /// - Parameters:
  ///   - settings: where to, as whom, how often.
  ///   - metrics: read at each export.
  ///   - log: told when exports begin or cease to fail.
  ///   - now: on the clock that ``poll(now:)`` will get.
  ///   - channel: what carries the exports.
  ///   - clock: the wall clock, for the time stamps.
  public init(
    settings: TelemetrySettings, metrics: Metrics, log: Log, now: Duration,
    channel: any MetricChannel, clock: @escaping () -> Timestamp = { .now }
  ) {
    self.settings = settings
    self.metrics = metrics
    self.log = log
    self.channel = channel
    self.clock = clock
    start = clock()
    state = .idle(until: now + settings.interval)
  }

  /// When ``poll(now:)`` has something to do next.
  public var nextDeadline: Duration {
    switch state {
    case .idle(let until): until
    case .underWay(_, _, let nextLook, _): nextLook
    }
  }

  /// Starts an export that is due, or looks after the one under way. Never waits.
  public func poll(now: Duration) {
    switch state {
    case .idle(let until):
      guard now >= until else { return }
      begin(now)
    case .underWay(let transfer, let began, let nextLook, let pause):
      guard now >= nextLook else { return }
      look(transfer, began: began, now: now, waiting: .zero, pause: pause)
    }
  }

  /// Sends what there is a last time, waiting for it.
  ///
  /// - Parameters:
  ///   - deadline: when to give up.
  ///   - clock: the clock of ``poll(now:)``.
  public func flush(until deadline: Duration, clock: () -> Duration) {
    // One under way holds older values.
    if case .underWay(let transfer, _, _, _) = state { transfer.cancel() }
    var now = clock()
    guard now < deadline else { return }
    begin(now)
    while case .underWay(let transfer, let began, _, let pause) = state {
      now = clock()
      guard now < deadline else {
        transfer.cancel()
        return fail("no answer before the process ended", began: began, retryAfter: nil)
      }
      look(
        transfer, began: began, now: now, waiting: min(deadline - now, .milliseconds(100)),
        pause: pause)
    }
  }

  private func begin(_ now: Duration) {
    let message = OTLPMetrics.request(
      metrics, resource: settings.resource, start: start, now: clock())
    var headers = [(name: "Content-Type", value: "application/json")]
    headers += settings.headers.map { (name: $0.name, value: $0.value) }
    let request = HTTPRequest(
      method: "POST", url: settings.endpoint, headers: headers,
      body: JSONWriter.compact.bytes(message), timeout: settings.timeout,
      connectTimeout: settings.timeout, responseLimit: 64 << 10, errorBodyLimit: 4 << 10)
    do {
      let transfer = try channel.begin(request)
      look(transfer, began: now, now: now, waiting: .zero, pause: Self.pauses.first)
    } catch {
      fail("\(error)", began: now, retryAfter: nil)
    }
  }

  private func look(
    _ transfer: any MetricTransfer, began: Duration, now: Duration, waiting: Duration,
    pause: Duration
  ) {
    do {
      guard let answer = try transfer.poll(waitingUpTo: waiting) else {
        state = .underWay(
          transfer, began: began, nextLook: now + pause,
          pause: min(pause * 2, Self.pauses.longest))
        return
      }
      judge(answer, began: began)
    } catch {
      fail("\(error)", began: began, retryAfter: nil)
    }
  }

  private func judge(_ answer: HTTPResponse, began: Duration) {
    guard (200..<300).contains(answer.status) else {
      let wait = answer.headers["Retry-After"].flatMap { Int($0) }
      return fail(
        "the endpoint answered \(answer.status)", began: began,
        retryAfter: wait.map { .seconds(min(max(0, $0), 3600)) })
    }
    state = .idle(until: began + settings.interval)
    if isFailing {
      isFailing = false
      log.info("metrics are sent again")
    }
    notePartialSuccess(answer.body)
  }

  /// The endpoint may take a part and say so; that is not a reason to send it again.
  private func notePartialSuccess(_ body: [UInt8]) {
    guard !wasPartlyRejected, let answer = try? JSONValue(parsing: body),
      let part = answer["partialSuccess"],
      let rejected = part["rejectedDataPoints"]?.string
        ?? part["rejectedDataPoints"]?.integer.map({
          "\($0)"
        }), rejected != "0"
    else { return }
    wasPartlyRejected = true
    log.warn(
      "the endpoint rejected a part of the metrics",
      [
        "rejected_data_points": .string(rejected),
        "reason": .string(part["errorMessage"]?.string ?? ""),
      ])
  }

  /// Said once until metrics are sent again.
  private func fail(_ reason: String, began: Duration, retryAfter: Duration?) {
    state = .idle(until: began + max(settings.interval, retryAfter ?? .zero))
    guard !isFailing else { return }
    isFailing = true
    log.warn("cannot send metrics", ["error": .string(reason)])
  }
}
