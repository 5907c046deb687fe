internal import FilelogEncodings
internal import FilelogJSON
internal import FilelogText

/// Takes a token out of text that a server sent: it may repeat the request, as a whole, in pieces, or
/// encoded, and its text is logged.
struct TokenRedaction {
  /// So many bytes of a token in a row are taken for a part of it; chance does not make them.
  private static let window = 12
  private static let replacement = "(token)"

  private let token: String
  private var windows: Set<ArraySlice<UInt8>> = []

  /// - Parameter token: nil or empty: nothing is taken out.
  init(_ token: String?) {
    self.token = token ?? ""
    let bytes = Array(self.token.utf8)
    guard bytes.count >= Self.window else { return }
    for start in 0...(bytes.count - Self.window) {
      windows.insert(bytes[start..<start + Self.window])
    }
  }

  /// The text with every part of the token replaced, also where other characters than those of tokens
  /// lie in between, and with every word that holds a part of it in base64.
  func callAsFunction(_ text: String) -> String {
    guard !token.isEmpty else { return text }
    let text = text.replacingEach(token, with: Self.replacement)
    guard !windows.isEmpty else { return text }
    // JSON within text has escapes that its reader left.
    if text.holds("\\u") {
      let unescaped = JSONEscapes.decode(Array(text.utf8)[...])
      let redacted = redact(unescaped)
      if redacted != unescaped { return redacted }
    }
    return redact(text)
  }

  private func redact(_ text: String) -> String {
    let bytes = Array(text.utf8)
    var isSecret = [Bool](repeating: false, count: bytes.count)
    let places = bytes.indices.filter { Self.isOfTokens(bytes[$0]) }
    for start in starts(in: places.map { bytes[$0] }) {
      for place in places[start]...places[start + Self.window - 1] { isSecret[place] = true }
    }
    for word in Self.words(bytes) where holdsEncodedToken(bytes[word]) {
      for place in word { isSecret[place] = true }
    }
    guard isSecret.contains(true) else { return text }
    var out: [UInt8] = []
    for place in bytes.indices {
      guard isSecret[place] else {
        out.append(bytes[place])
        continue
      }
      if place == 0 || !isSecret[place - 1] { out += Self.replacement.utf8 }
    }
    return String(decoding: out, as: UTF8.self)
  }

  /// Where parts of the token begin.
  private func starts(in bytes: [UInt8]) -> [Int] {
    guard bytes.count >= Self.window else { return [] }
    return (0...(bytes.count - Self.window)).filter {
      windows.contains(bytes[$0..<$0 + Self.window])
    }
  }

  /// Base64 may begin anywhere in a word, and have either alphabet.
  private func holdsEncodedToken(_ word: ArraySlice<UInt8>) -> Bool {
    let standard = word.filter { $0 != UInt8(ascii: ".") && $0 != UInt8(ascii: "=") }.map { byte in
      switch byte {
      case UInt8(ascii: "-"): UInt8(ascii: "+")
      case UInt8(ascii: "_"): UInt8(ascii: "/")
      default: byte
      }
    }
    return (0..<4).contains { offset in
      let text = standard.dropFirst(offset)
      let whole = text.prefix(text.count / 4 * 4)
      return Base64.decode(whole).map { !starts(in: $0).isEmpty } ?? false
    }
  }

  /// Runs of bytes that tokens and base64 are made of.
  private static func words(_ bytes: [UInt8]) -> [Range<Int>] {
    var words: [Range<Int>] = []
    var start = 0
    for place in 0...bytes.count where place == bytes.count || !isOfTokens(bytes[place]) {
      if place - start >= window { words.append(start..<place) }
      start = place + 1
    }
    return words
  }

  private static func isOfTokens(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "+"), UInt8(ascii: "/"),
      UInt8(ascii: "="):
      true
    default: false
    }
  }
}
