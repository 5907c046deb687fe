import FilelogContract
import FilelogKubernetesAPI
import FilelogSystemCalls
import OffsetSync

/// Nodes whose sidecars store through their own code.
final class Fleet {
  /// One store of one node.
  struct Store {
    var seconds: Double
    var error: String?
  }

  let layout: Contract.OffsetLayout
  private let stores: [any OffsetStore]
  private let threads: Int
  private var random: SeededRandom

  /// - Parameters:
  ///   - atOnce: how many nodes store at the same time; each has a connection of its own.
  init(_ layout: Contract.OffsetLayout, nodes: Int, atOnce: Int, on server: Server) throws {
    self.layout = layout
    threads = min(nodes, atOnce)
    random = SeededRandom(seed: UInt64(nodes))
    // Names of one length, so that no size depends on them.
    let map = "bench-\(Self.padded(nodes, 5))-filelogoffsets-cm"
    if layout == .shared { try server.makeMap(map) }
    let clients = (0..<threads).map { _ in server.client() }
    let log = Log(threshold: .error)
    stores = (0..<nodes).map { index in
      let maps = OffsetMaps(
        namespace: Server.namespace, sharedMap: map, node: "node-" + Self.padded(index, 5),
        labels: Server.labels)
      let client = clients[index % clients.count]
      return layout == .shared
        ? SharedMapStore(client: client, maps: maps)
        : PerNodeMapStore(client: client, maps: maps, log: log)
    }
  }

  /// Every node stores a payload that it has not stored before.
  func store(bytes: Int) throws -> [Store] {
    let payloads = stores.map { _ in
      (0..<bytes).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }
    nonisolated(unsafe) let results = UnsafeMutableBufferPointer<Store>.allocate(
      capacity: stores.count)
    results.initialize(repeating: Store(seconds: 0))
    defer { results.deallocate() }
    try Threads.run(threads) { [stores, threads] thread in
      for index in stride(from: thread, to: stores.count, by: threads) {
        let start = Clock.now
        var store = Store(seconds: 0)
        do throws(StoreError) { try stores[index].save(payloads[index]) } catch {
          store.error = error.description
        }
        store.seconds = (Clock.now - start) / .seconds(1)
        results[index] = store
      }
    }
    return Array(results)
  }

  private static func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
