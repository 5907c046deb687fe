@testable import OffsetSync

/// Tests of stores say what they expect as a whole payload without a difference.
func == (stored: StoredPayload?, payload: [UInt8]?) -> Bool {
  stored == payload.map { StoredPayload($0) }
}
