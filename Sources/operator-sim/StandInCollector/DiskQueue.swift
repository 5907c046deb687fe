internal import BoltFile
internal import Glibc
internal import Synchronization

/// An exporter's queue on disk (`sending_queue.storage`): a database with a transaction for each request
/// that comes, and one for each that is done.
///
/// While the backend is away, other receivers fill it, and go on all the time: megabytes, and hundreds of
/// commits a second, which is what a collector's queue was seen to take. No reader gets through between two
/// commits then.
final class DiskQueue {
  private static let others = (count: 500, bytes: 4000, pause: UInt32(1000))

  struct Request {
    let key: [UInt8]
    let body: [UInt8]
  }

  /// Held for whatever is done with the rest.
  private let lock = Mutex(())
  private let writer: InPlaceBoltWriter
  /// Numbers of equal length, so that the order of keys is theirs.
  private var next = 1_000_000_000
  /// Whether other receivers fill it.
  private var isCrowded = false

  init(path: String) throws {
    writer = try InPlaceBoltWriter(path: path)
    // Writing the whole tree anew takes longer than it takes a collector, which writes what changed.
    writer.beforeWrite = { [unowned writer] write in
      if case .page(let id) = write, id.isMultiple(of: 64) { try writer.commitUnchanged() }
    }
    if let last = requests.last?.key, let number = Int(String(decoding: last, as: UTF8.self)) {
      next = number + 1
    }
  }

  /// What waits, the oldest first; nothing of other receivers.
  var requests: [Request] {
    writer.stored.entries.compactMap { entry in
      guard case .value(let body) = entry.content, !Self.isOther(entry) else { return nil }
      return Request(key: Array(entry.key), body: Array(body))
    }
  }

  func put(_ body: [UInt8]) throws -> Request {
    let request = Request(key: Array(String(next).utf8), body: body)
    next += 1
    try change { $0.set(request.key, .value(body[...])) }
    return request
  }

  func remove(_ request: Request) throws {
    try change { $0.entries.removeAll { $0.key.elementsEqual(request.key) } }
  }

  /// Other receivers begin to fill it.
  func crowd() throws {
    guard !isCrowded else { return }
    let body = [UInt8](repeating: 0, count: Self.others.bytes)[...]
    try change { stored in
      isCrowded = true
      stored.entries.removeAll(where: Self.isOther)
      stored.entries += (0..<Self.others.count).map { index in
        let key = Self.otherPrefix + Array(String(10_000 + index).utf8)
        return BoltBucket.Entry(key: key[...], content: .value(body))
      }
    }
    var thread = pthread_t()
    let context = Unmanaged.passRetained(self).toOpaque()
    let pass: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { context in
      guard let context else { return nil }
      let queue = Unmanaged<DiskQueue>.fromOpaque(context).takeRetainedValue()
      while queue.passOther() { usleep(DiskQueue.others.pause) }
      return nil
    }
    if pthread_create(&thread, nil, pass, context) == 0 { pthread_detach(thread) }
  }

  /// They stop, and what they put there stays.
  func end() { lock.withLock { _ in isCrowded = false } }

  /// What they put there is done.
  func empty() throws {
    guard writer.stored.entries.contains(where: Self.isOther) else { return }
    try change { stored in
      isCrowded = false
      stored.entries.removeAll(where: Self.isOther)
    }
  }

  /// A request of another receiver comes or goes.
  private func passOther() -> Bool {
    lock.withLock { _ in
      if isCrowded { try? writer.commitUnchanged() }
      return isCrowded
    }
  }

  private func change(_ change: (inout BoltBucket) -> Void) throws {
    try lock.withLock { _ in
      var stored = writer.stored
      change(&stored)
      try writer.commit(stored: stored)
    }
  }

  /// Behind all numbers.
  private static let otherPrefix = Array("other-".utf8)

  private static func isOther(_ entry: BoltBucket.Entry) -> Bool {
    entry.key.starts(with: otherPrefix)
  }
}
