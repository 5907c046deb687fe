import BoltFile
import FilelogCheckpoint
import FilelogEncodings
import Testing

@testable import OffsetSync

/// What a sidecar of an earlier version stored that was killed: a list of version 3, and a difference in its
/// form. Taken from a real collector's node of two log files, one of which grew by 159 bytes since.
@Suite struct FormerDifferenceTests {
  private static let base = Array(
    """
      H4sIAAAAAAACA+3XvW4kRRAH8LYPydbqAidId5CMLIFIvFtV3V3dbcmXcZBxEo5IrJnpbrNiP8x+GAvEM1wGCRLwAj
      wDES9wGYKADAlZIjIiAQLvGcs3YwaBj0NXv6R3Vyv9t6q6ezWDxfho8K6eTGPamWR3dPKhGQ+mOat/EQCAs1bBuavr
      k6+R0JEqrHoKlvNFOVMA6vn0oDx5M5UxzeaDSTlON5IBAMBPzv3Pmeur8wdHVhUnMv8bR6YYL4bjtIcu2IBEPvTR+J
      4Sz4VBy/0/mKU6DY/T7CAPR2k0PTy4qfNvAAAUWg3EDtGgArTMqAqQ8//UvLBaT7+9fbqulFJb5+9vXfne7yuPv//S
      av3t6OyVs9e++0pOlBBCCCGEEEII8exZ+4fP/3dX6/evbrx8Wv7wUDoqhBBCCCGEEEI8e9Yv1rWLz7aUUi8qpe5tKp
      WHo3QwnBwtF/33JtMPJveHozTvfbbZ+2mj9+MGAfEO4g6FfYBdjbtk+i6w8c6hf6eYL+J0uSjuF6N0nEZ7w0meFkfT
      uAfFLL2/TPNFUVcB66SdrWqfq6ou3nh9vxjU5WxRzNPsOMViOCkcuGI87zWFBdCWrUXuElZyqnwdUhU55EShePDW2/
      vFYDqLaXYpzhpqiwONaAyS7hLnnNZQxSo6Qog5n9c2XKTx5dqCaQsjdgY92U5h0bBB7Usmrcnaxj4iQ1sWElqrg8dO
      hXk0yZdkM8UYXG7po/ehvTTjrLVMXeJ8pXUK7BldsKFOjX1EaO0jIxMbtq5LmLaV0yHoHA1pG5r3o/GthWlyiN502v
      zG+Zo8RvauDsx1Sx/Rc+v29zqg18Z0OmsGOFhjY0Ks6xAb+6hDU21bn/fu3N6++9H2aHrYz8NR6k/Kcdre3Yb+aHq4
      /TH1Nn/59ZsvHn3y6dmdXXXt9eA1sA4Br/nJePGTs63LpKusHYWaMbRs69Z9FjQ7Aw46hZkScnI2UhlSVULbODRh6/
      RRW2ud5y5xCUywxidfQunrwI3j4PbrgR16R+yhSxglj5E5asM1J6r+7j1LiDo4uu7AXpqaQ/ApcHYOaiJua2RovWc1
      gSdC06k2WzvO6Euw3paAdWMjDbU2Ep3HoIPtVBtZU1eeTcoBsAq6sZHkWi9a4BCMJt0pzESyMVXammy45LY/LK9b58
      bGWW8MuS5xMVbOxMAQbemb/64Ymyrb+vIvr4efH339+HoQQgghxH/s1pXn/7XV8//Gao0pl8vRYl06JYQQQgghhBBC
      CCHE/88fn6VOxABMAAA=
    """.utf8.filter { $0 > 0x20 })
  private static let list =
    #"{"base":{"number":1,"sha256":"c07a25251ba1c815576432a7b25d2722"},"parts":[],"round":1,"spares":[],"version":3}"#
  private static let difference =
    "AQHAeiUlG6HIFVdkMqeyXSciAsiHO9DVCHnVa2xg18Q6I2EbHWNjYGJgZjKz"
    + "Y2BkUmPTYmBl2MNgz5DOUMHAwgAA"

  @Test func itIsReadAsItWasStored() throws {
    let whole = try #require(Base64.decode(String(decoding: Self.base, as: UTF8.self)))
    let difference = try #require(Base64.decode(Self.difference))
    let (stored, trouble) = NodePayload.stored(
      whole: whole, list: Self.list, difference: difference, steps: nil)
    #expect(trouble == nil)
    #expect(try Self.offsets(Payload.unpack(stored.base)) == [1311, 1313])
    #expect(try Self.offsets(Payload.unpack(stored)) == [1313, 1470])
    // The next store notes in it that a base is under way: it stays what it was.
    var claimed = try Difference(parsing: difference)
    claimed.isBaseUnderWay = true
    let again = try Difference(parsing: claimed.bytes)
    #expect(again == claimed && claimed.bytes.first == 1)
  }

  private static func offsets(_ snapshot: Snapshot) throws -> [Int64] {
    guard case .database(let content)? = snapshot.files["receiver_filelog_"] else { return [] }
    return try content.checkpoints.flatMap { value in
      try Checkpoint(decoding: Array(value)).files.map(\.offset)
    }.sorted()
  }
}
