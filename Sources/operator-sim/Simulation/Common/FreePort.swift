internal import HTTPServer

/// Ports for programs that must be told which one to open.
enum FreePort {
  /// A TCP port of 127.0.0.1 that was free just now.
  static func find() throws -> UInt16 {
    let server = HTTPServer { _ in .text(404, "") }
    defer { server.stop() }
    return try server.start()
  }
}
