import BoltFile
import FilelogEncodings
import FilelogJSON
import FoundationEssentials
import Testing

/// Compares what was read with a fixture's expected file, which lists up to 300 entries a bucket and
/// covers all of them by a digest.
func expect(_ content: BoltContent, equals expected: JSONValue) throws {
  let buckets = try #require(expected["buckets"]?.array)
  try expect(content.root, holds: buckets)
}

private func expect(_ bucket: BoltBucket, holds buckets: [JSONValue]) throws {
  let children: [(key: [UInt8], bucket: BoltBucket)] = bucket.entries.compactMap {
    if case .bucket(let child) = $0.content { (Array($0.key), child) } else { nil }
  }
  try #require(children.count == buckets.count)
  for (child, expected) in zip(children, buckets) {
    #expect(child.key == bytes(expected, "name"))
    try expect(child.bucket, equals: expected)
  }
}

private func expect(_ bucket: BoltBucket, equals expected: JSONValue) throws {
  #expect(bucket.sequence == UInt64(expected["sequence"]?.integer ?? 0))
  let pairs: [(key: [UInt8], value: [UInt8])] = bucket.entries.compactMap {
    if case .value(let value) = $0.content { (Array($0.key), Array(value)) } else { nil }
  }
  if let count = expected["entryCount"]?.integer { #expect(pairs.count == count) }
  if let digest = expected["entriesSha256"]?.string { #expect(entriesDigest(pairs) == digest) }
  if expected["entriesSampled"]?.bool != true, let entries = expected["entries"]?.array {
    try #require(pairs.count == entries.count)
    for (pair, entry) in zip(pairs, entries) {
      if let digest = entry["keySha256"]?.string {
        #expect(SHA256.hash(pair.key).hexadecimal == digest)
      } else {
        #expect(pair.key == bytes(entry, "key"))
      }
      if let digest = entry["valueSha256"]?.string {
        #expect(SHA256.hash(pair.value).hexadecimal == digest)
      } else {
        #expect(pair.value == base64(entry["valueBase64"]?.string))
      }
    }
  }
  try expect(bucket, holds: expected["buckets"]?.array ?? [])
}

private func entriesDigest(_ pairs: [(key: [UInt8], value: [UInt8])]) -> String {
  var hash = SHA256()
  for pair in pairs {
    for part in [pair.key, pair.value] {
      withUnsafeBytes(of: UInt32(part.count).bigEndian) { hash.update(Array($0)) }
      hash.update(part)
    }
  }
  return hash.finish().hexadecimal
}

private func bytes(_ value: JSONValue, _ name: String) -> [UInt8]? {
  if let text = value[name]?.string { return Array(text.utf8) }
  return base64(value[name + "Base64"]?.string)
}

private func base64(_ text: String?) -> [UInt8]? {
  text.flatMap { Data(base64Encoded: $0) }.map { [UInt8]($0) }
}
