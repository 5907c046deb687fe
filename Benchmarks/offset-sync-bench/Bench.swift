/// Everything that is measured, in the order in which it is shown.
struct Bench {
  /// The directory of `Image/build`.
  let image: String
  let rounds: Int
  /// How many syncs the memory is watched over.
  let syncs: Int

  func run() throws -> [Measurement] {
    var measurements = try ImageSizes(directory: image).run()
    let processes = try ProcessBench(program: image + "/filelog-offset-sync")
    for scenario in try Scenario.all() {
      measurements += try WorkBench(scenario: scenario, rounds: rounds).run()
      measurements.append(try processes.startAndInit(scenario, rounds: rounds))
      // A sync of 2,000 log files takes a fifth of a second; what leaks leaks with few, too.
      let syncs = scenario.logFiles > 200 ? min(syncs, 200) : syncs
      measurements += try processes.memory(scenario, syncs: syncs)
      if scenario.logFiles >= 200 { measurements.append(try processes.atLeastOnceMemory(scenario)) }
      if scenario.logFiles == 200 { measurements += try processes.idle(scenario, intervals: 40) }
    }
    return try measurements + CompactionBench(rounds: rounds).run()
  }
}
