internal import CFilelogCurl

/// An exchange under way. It makes progress only inside ``poll(waitingUpTo:)``.
///
/// Letting go of it cancels it.
public final class HTTPTransfer {
  /// `host:port` of the server.
  public let origin: String

  private let engine: CurlEngine
  private let exchange: CurlExchange
  private let bounds: (whole: Duration, connect: Duration)
  private var outcome: Result<HTTPResponse, HTTPFailure>?

  init(
    _ request: HTTPRequest, _ options: HTTPClient.Options, origin: String, engine: CurlEngine
  ) throws(HTTPFailure) {
    precondition(!engine.isBusy, "a client has one transfer at a time")
    self.origin = origin
    self.engine = engine
    bounds = (request.timeout, request.connectTimeout)
    exchange = CurlExchange(request)
    guard engine.easy.prepare(request, options, exchange),
      curl_multi_add_handle(engine.multi, engine.easy.raw) == CURLM_OK
    else { throw HTTPFailure(.clientFault, origin: origin) }
    engine.isBusy = true
  }

  deinit { cancel() }

  /// Sends and receives what can be, waiting for more for at most this long.
  ///
  /// - Parameter time: zero only does what needs no waiting, which takes well under a millisecond
  ///   apart from the arithmetic of a TLS handshake.
  /// - Returns: the answer, or nil while it is not complete. An outcome is given again when asked.
  /// - Throws: ``HTTPFailure`` when there will be no answer.
  public func poll(waitingUpTo time: Duration = .zero) throws(HTTPFailure) -> HTTPResponse? {
    if outcome == nil {
      withoutBrokenPipeSignal {
        perform()
        guard outcome == nil, time > .zero else { return }
        curl_multi_poll(engine.multi, nil, 0, Int32(clamping: time.wholeMilliseconds), nil)
        perform()
      }
    }
    return try outcome?.get()
  }

  /// Gives the exchange up; its connection is closed. Does nothing when it is over.
  public func cancel() {
    guard outcome == nil else { return }
    finish(.failure(HTTPFailure(.cancelled, origin: origin)))
  }

  private func perform() {
    var running: Int32 = 0
    guard curl_multi_perform(engine.multi, &running) == CURLM_OK else {
      return finish(.failure(HTTPFailure(.clientFault, origin: origin)))
    }
    var queued: Int32 = 0
    while let message = curl_multi_info_read(engine.multi, &queued) {
      guard message.pointee.msg == CURLMSG_DONE else { continue }
      return finish(judge(message.pointee.data.result))
    }
  }

  private func finish(_ outcome: Result<HTTPResponse, HTTPFailure>) {
    self.outcome = outcome
    guard engine.isBusy else { return }
    engine.isBusy = false
    withoutBrokenPipeSignal { _ = curl_multi_remove_handle(engine.multi, engine.easy.raw) }
  }

  private func judge(_ code: CURLcode) -> Result<HTTPResponse, HTTPFailure> {
    if let response = exchange.response, code == CURLE_OK || exchange.overflow == .errorBody {
      return .success(response)
    }
    let evidence = CurlEvidence(
      code: code, text: engine.easy.failureText, systemError: engine.easy.systemError,
      wasConnected: engine.easy.wasConnected, wasAnswered: exchange.isAnswered,
      overflow: exchange.overflow)
    return .failure(evidence.failure(origin: origin, bounds: bounds))
  }
}
