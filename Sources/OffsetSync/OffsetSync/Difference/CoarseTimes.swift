/// When a receiver last saw a log file grow: nanoseconds of 200 log files take more than everything else
/// that changes of them. It uses them to tell whether an unfinished line is older than half a second.
enum CoarseTimes {
  /// Of so many log files that grew, times are told as they are.
  static let mostExact = 32
  /// Of more of them to about a second, how far they are behind the latest of all, which stays exact.
  private static let unitBits: UInt64 = 30

  /// Moves those times back that are not the ones of before.
  static func round(_ numbers: inout [UInt64], _ before: [UInt64], at places: [Int]) {
    let changed = places.filter {
      numbers[$0] != before[$0] && (1...UInt64(Int64.max)).contains(numbers[$0])
    }
    guard changed.count > mostExact, let latest = changed.map({ numbers[$0] }).max() else { return }
    let unit: UInt64 = 1 << unitBits
    for place in changed {
      let units = (latest - numbers[place] + unit - 1) >> unitBits
      if units << unitBits < latest { numbers[place] = latest - (units << unitBits) }
    }
  }
}
