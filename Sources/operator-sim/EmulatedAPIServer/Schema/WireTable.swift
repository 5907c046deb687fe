/// Which protobuf field number of a message means which member of the object.
struct WireTable: Hashable, Sendable {
  enum Place: Hashable, Sendable {
    case field(name: String, type: FieldType)
    /// A message whose members stand in the object itself.
    indirect case inlined(WireTable)
  }

  private(set) var places: [Int: Place] = [:]

  /// - Parameter numbers: field numbers from the outside in; more than one for a member of an
  ///   inlined message.
  mutating func insert(name: String, type: FieldType, at numbers: ArraySlice<Int>) {
    guard let first = numbers.first else { return }
    if numbers.count == 1 {
      places[first] = .field(name: name, type: type)
      return
    }
    var inner = WireTable()
    if case .inlined(let table)? = places[first] { inner = table }
    inner.insert(name: name, type: type, at: numbers.dropFirst())
    places[first] = .inlined(inner)
  }
}
