/// The payload that differences are to, the steps since, and what is known of the content where they end.
struct KnownBase {
  /// What writing costs besides what is written.
  struct Overheads {
    let base: Int
    let step: Int
  }

  /// What is to be written so that a state is stored.
  enum Choice {
    case difference([UInt8])
    /// Changes that are to be set aside, so that differences become small again.
    case step([UInt8])
    case base
  }

  let name: Difference.Base
  let payload: [UInt8]
  private(set) var steps: Steps
  /// Nil for a payload that has no differences; not known before it is needed.
  private var index: BaseIndex??
  /// Differences since the last step, and what all took together.
  private var stores = 0
  private var total = 0
  private var last = (bytes: 0, newBytes: 0)
  /// How much more the last one took than the one before.
  private var growth = 0
  /// Bytes of earlier steps that were written once more with each new one.
  private var rewritten = 0

  /// A base that was loaded.
  init(name: Difference.Base, payload: [UInt8], steps: Steps = Steps()) {
    self.name = name
    self.payload = payload
    self.steps = steps
  }

  /// A base that was written.
  init(name: Difference.Base, payload: [UInt8], snapshot: Snapshot) {
    self.init(name: name, payload: payload)
    index = .some(BaseIndex(snapshot, payloadBytes: payload.count))
  }

  /// What differences begin with.
  private var start: Snapshot? {
    try? Payload.unpack(StoredPayload(payload, changes: steps.changes))
  }

  /// What stores a state for the least, as far as that can be told without knowing the future: each
  /// larger thing is written as soon as the next difference would cost more than a store did in the mean
  /// since the last one, that one included.
  mutating func choose(for state: SnapshotState, _ overheads: Overheads) -> Choice {
    if index == nil {
      index = .some(start.flatMap { BaseIndex($0, payloadBytes: payload.count) })
    }
    guard let index = index ?? nil, let changes = index.changes(to: state, base: { start }) else {
      return .base
    }
    let bytes = changes.bytes.count
    growth = stores == 0 ? 0 : bytes - last.bytes
    stores += 1
    total += bytes
    last = (bytes, changes.newBytes)
    guard bytes <= (payload.count + overheads.base) / 2, !isBaseDue(spent, overheads) else {
      return .base
    }
    return isStepDue(spent, overheads) ? .step(changes.bytes) : .difference(changes.bytes)
  }

  /// How much more the stores so far would have taken, had each taken as much as the last. Once that is
  /// what beginning anew costs, the mean can only rise.
  private var spent: Int { stores * last.bytes - total }

  /// Whether another difference, that grows as the last one did, would be one too many.
  func isNearlySpent(_ overheads: Overheads) -> Bool {
    isBaseDue(spent + stores * max(growth, 0), overheads)
  }

  /// A step pays where most of a difference is new items, which stay as they are.
  private func isStepDue(_ spent: Int, _ overheads: Overheads) -> Bool {
    2 * last.newBytes >= last.bytes
      && spent > steps.bytes.count + last.bytes + overheads.step
  }

  private func isBaseDue(_ spent: Int, _ overheads: Overheads) -> Bool {
    let base = payload.count + overheads.base
    return spent > base
      || (isStepDue(spent, overheads)
        && (steps.changes.count >= Steps.most || rewritten + steps.bytes.count > base
          || steps.bytes.count + last.bytes + 8 > Steps.mostBytes))
  }

  /// Notes that changes were set aside.
  mutating func setAside(_ changes: [UInt8]) {
    rewritten += steps.bytes.count
    steps.append(changes)
    // Its items stand in the order in which a reader puts them together, not in that of the state.
    index = nil
    (stores, total, growth) = (0, 0, 0)
    last = (0, 0)
  }
}
