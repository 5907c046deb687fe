import FilelogJSON
import Foundation
import Testing

@Suite struct JSONCodableTests {
  private static let value: JSONValue = [
    "a": [nil, true, 0, 1, -5, 1.5, "x", ""], "b": [:], "c": ["d": []],
  ]

  @Test func foundationDecodesWhatItEncodes() throws {
    let data = try JSONEncoder().encode(Self.value)
    #expect(try JSONDecoder().decode(JSONValue.self, from: data) == Self.value)
    #expect(try JSONValue(parsing: [UInt8](data)) == Self.value)
  }

  @Test func typedModelsAreMadeFromValues() throws {
    struct Metadata: Codable, Equatable {
      let name: String
      let labels: JSONValue
    }
    let value: JSONValue = ["name": "n", "labels": ["a": "b"]]
    let data = Data(JSONWriter.compact.bytes(value))
    let metadata = try JSONDecoder().decode(Metadata.self, from: data)
    #expect(metadata == Metadata(name: "n", labels: ["a": "b"]))
  }
}
