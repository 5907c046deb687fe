internal import FilelogJSON
internal import HTTPServer

/// `/operator-sim/…`: what an experiment does to the emulator itself while it runs. Only for those
/// who may do anything, because no role names the paths.
///
/// - `GET /operator-sim/faults`: the faults that are set.
/// - `POST /operator-sim/faults`: sets one; the body is its text.
/// - `DELETE /operator-sim/faults`, `/operator-sim/faults/3`: takes all, or that one, back.
/// - `POST /operator-sim/watches/cut`: cuts every watch off.
/// - `POST /operator-sim/history/compact`: forgets old versions, so that older watches and lists
///   get a 410.
struct ControlEndpoint: Sendable {
  let faults: FaultPlan
  let store: ObjectStore
  /// Called when an outage may have been planned or taken back.
  let outagesChanged: @Sendable () -> Void

  static func owns(_ path: String) -> Bool {
    path == "/operator-sim" || path.hasPrefix("/operator-sim/")
  }

  func respond(_ request: HTTPServerRequest) throws(APIStatus) -> HTTPServerResponse {
    let parts = request.pathSegments.dropFirst()
    switch (request.method, parts.first, parts.dropFirst().first) {
    case ("GET", "faults", nil): return list(request)
    case ("POST", "faults", nil): return try add(request)
    case ("DELETE", "faults", nil):
      faults.removeAll()
      outagesChanged()
      return ResponseForm.body(200, ["faults": []], request)
    case ("DELETE", "faults", let id?):
      guard let number = Int(id), faults.remove(number) else {
        throw APIStatus(code: 404, reason: "NotFound", message: "there is no fault \(id)")
      }
      outagesChanged()
      return list(request)
    case ("POST", "watches", "cut"):
      store.cutWatches()
      return ResponseForm.body(200, ["watches": "cut"], request)
    case ("POST", "history", "compact"):
      store.compact()
      return ResponseForm.body(200, ["history": "compacted"], request)
    default: return .text(404, "404 page not found\n")
    }
  }

  private func add(_ request: HTTPServerRequest) throws(APIStatus) -> HTTPServerResponse {
    let text = String(decoding: request.body, as: UTF8.self).filter { $0 != "\n" && $0 != "\r" }
    do throws(FaultTextError) {
      var fault = try Fault(parsing: text)
      // The response to this very request must get through.
      if fault.effect == .outage { fault.delay = max(fault.delay, .milliseconds(100)) }
      let id = faults.add(fault, text: text)
      outagesChanged()
      return ResponseForm.body(201, ["id": .integer(id), "fault": .string(text)], request)
    } catch {
      throw .badRequest(error.description)
    }
  }

  private func list(_ request: HTTPServerRequest) -> HTTPServerResponse {
    let now = ContinuousClock.now
    let entries = faults.entries.filter { !$0.isOver(now) }.map { entry -> JSONValue in
      [
        "id": .integer(entry.id), "fault": .string(entry.text), "hits": .integer(entry.hits),
      ]
    }
    return ResponseForm.body(200, ["faults": .array(entries)], request)
  }
}
