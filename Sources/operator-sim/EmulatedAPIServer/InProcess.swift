public import HTTPServer

extension EmulatedAPIServer {
  /// Responds to a request without a connection, on the caller's thread; ``start()`` is not needed.
  ///
  /// Observers hear of it as of any other. What a fault does to the connection is up to the caller:
  /// see the response's `delivery`. An outage closes a port, so it does not reach here.
  public func respond(to request: HTTPServerRequest) -> HTTPServerResponse {
    respond(to: request, isOversized: request.body.count > APIHandler.bodyLimit)
  }
}
