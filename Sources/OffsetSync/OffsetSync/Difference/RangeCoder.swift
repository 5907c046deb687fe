/// Codes bits in as little room as their likelihood allows (Martin 1979). One code path serves both
/// directions: what is handed over is written, or it is ignored and what was written is returned.
protocol BitCoder {
  /// A bit whose likelihood is learned.
  mutating func code(_ bit: Bool, _ model: inout AdaptiveBit) -> Bool
  /// A bit that is as likely as not.
  mutating func codeEven(_ bit: Bool) -> Bool
}

/// How likely a bit is 0, learned from those before it: from the first ones most.
struct AdaptiveBit {
  /// Of 65,536.
  fileprivate var zero: UInt32 = 1 << 15
  private var seen: UInt32 = 0

  fileprivate mutating func learn(_ bit: Bool) {
    let rate = seen + 2
    if bit { zero -= zero / rate } else { zero += (1 << 16 - zero) / rate }
    zero = min(max(zero, 32), 1 << 16 - 32)
    if seen < 30 { seen += 1 }
  }
}

private let leastRange: UInt32 = 1 << 24

struct RangeEncoder: BitCoder {
  private var out: [UInt8] = []
  private var low: UInt64 = 0
  private var range: UInt32 = .max

  mutating func code(_ bit: Bool, _ model: inout AdaptiveBit) -> Bool {
    take(bit, zero: (range >> 16) * model.zero)
    model.learn(bit)
    return bit
  }

  mutating func codeEven(_ bit: Bool) -> Bool {
    take(bit, zero: range >> 1)
    return bit
  }

  private mutating func take(_ bit: Bool, zero: UInt32) {
    if bit {
      low += UInt64(zero)
      range -= zero
    } else {
      range = zero
    }
    while range < leastRange {
      appendByte()
      range <<= 8
    }
  }

  private mutating func appendByte() {
    if low >> 32 > 0 {
      var place = out.count - 1
      while out[place] == 0xff {
        out[place] = 0
        place -= 1
      }
      out[place] += 1
    }
    out.append(UInt8(truncatingIfNeeded: low >> 24))
    low = low << 8 & 0xffff_ffff
  }

  /// The bytes: of all numbers that would do, the one with the most zeros at its end, and without those.
  consuming func finish() -> [UInt8] {
    let end = low + UInt64(range)
    for bits in stride(from: UInt64(31), through: 0, by: -1) {
      let mask: UInt64 = 1 << bits - 1
      let candidate = (low + mask) & ~mask
      guard candidate < end else { continue }
      low = candidate
      break
    }
    for _ in 0..<4 { appendByte() }
    while out.last == 0 { out.removeLast() }
    return out
  }
}

/// Reads any bytes whatever: behind their end are zeros. Whether they were those that were written is for
/// the caller to check.
struct RangeDecoder: BitCoder {
  private var rest: ArraySlice<UInt8>
  private var code: UInt32 = 0
  private var range: UInt32 = .max

  init(_ bytes: ArraySlice<UInt8>) {
    rest = bytes
    for _ in 0..<4 { takeByte() }
  }

  private mutating func takeByte() { code = code << 8 | UInt32(rest.popFirst() ?? 0) }

  mutating func code(_: Bool, _ model: inout AdaptiveBit) -> Bool {
    let bit = take(zero: (range >> 16) * model.zero)
    model.learn(bit)
    return bit
  }

  mutating func codeEven(_: Bool) -> Bool { take(zero: range >> 1) }

  private mutating func take(zero: UInt32) -> Bool {
    let bit = code >= zero
    if bit {
      code -= zero
      range -= zero
    } else {
      range = zero
    }
    while range < leastRange {
      takeByte()
      range <<= 8
    }
    return bit
  }
}

/// Numbers of one kind: how long they are, and their first digits, are learned.
struct NumberModel {
  private var widths = [AdaptiveBit](repeating: AdaptiveBit(), count: 128)
  private var tops = [AdaptiveBit](repeating: AdaptiveBit(), count: 65 * 4)

  mutating func code(_ number: UInt64, with coder: inout some BitCoder) -> UInt64 {
    var width = 64 - number.leadingZeroBitCount
    var node = 1
    for place in stride(from: 6, through: 0, by: -1) {
      node = node << 1 | (coder.code(width >> place & 1 == 1, &widths[node]) ? 1 : 0)
    }
    width = min(node - 128, 64)
    guard width > 1 else { return UInt64(width) }
    var found: UInt64 = 1
    for place in stride(from: width - 2, through: 0, by: -1) {
      let wanted = number >> UInt64(place) & 1 == 1
      let bit =
        found < 4
        ? coder.code(wanted, &tops[width * 4 + Int(found)]) : coder.codeEven(wanted)
      found = found << 1 | (bit ? 1 : 0)
    }
    return found
  }
}
