import FilelogCommandLine
import FilelogJSON
import FilelogText
import Glibc
import Simulation

/// One call of `operator-sim run`: plays what is asked for, one after the other, and shows what came
/// of it.
struct Run {
  private let settings: RunSettings
  private let console: Console
  private let stopRequested: (Duration) -> Bool

  init(_ settings: RunSettings, _ console: Console, _ stopRequested: @escaping (Duration) -> Bool) {
    self.settings = settings
    self.console = console
    self.stopRequested = stopRequested
  }

  func play() throws -> ExitCode {
    try settings.temporary?.begin()
    let outcome: RunOutcome
    do {
      var modes: [DeliveryComparison.Mode] = []
      for (delivery, options) in settings.plays {
        modes.append(try play(delivery, options))
        if modes.contains(where: \.result.isInterrupted) { break }
      }
      outcome = RunOutcome(modes)
    } catch let error as SimulationError where error.code == .interrupted {
      console.writeError("interrupted before the first pod was started")
      settings.temporary?.remove()
      return .interrupted
    } catch { throw failure(error) }
    // The table comes whatever becomes of the report.
    console.write(settings.format.text(of: outcome.json) ?? summary(of: outcome))
    var isReportWritten = true
    if let path = settings.report {
      do {
        try File.write(Array(outcome.page.utf8), to: path)
      } catch {
        isReportWritten = false
        console.writeError("\(error)")
      }
    }
    if outcome.isInterrupted { console.writeError("interrupted") }
    if outcome.isGood || outcome.isInterrupted, let directory = settings.temporary {
      directory.remove()
    } else if let directory = settings.workDirectory {
      settings.temporary?.keep()
      console.writeError("everything that was written is below \(directory)")
    }
    if outcome.isInterrupted, isReportWritten { return .interrupted }
    return outcome.isGood && isReportWritten ? .success : .failure
  }

  private func play(
    _ delivery: RunDelivery?, _ options: SimulationOptions
  ) throws -> DeliveryComparison.Mode {
    let output = SimulationOutput(
      write: { text in
        if settings.format == .text {
          console.write(text)
        } else {
          console.writeError(String(text.dropLast()))
        }
      }, isTerminal: settings.format == .text && isatty(STDOUT_FILENO) == 1,
      width: Self.terminalWidth)
    if settings.plays.count > 1, let delivery { output.write("playing \(delivery.rawValue)\n") }
    let result = try Simulation(options, output: output, stopRequested: stopRequested).run()
    return DeliveryComparison.Mode(delivery: delivery?.rawValue ?? "", result: result)
  }

  private static var terminalWidth: Int {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  private func failure(_ error: any Error) -> CommandFailure {
    let text = (error as? SimulationError).map(RunWording.text) ?? "\(error)"
    guard let directory = settings.workDirectory, RunDirectory.holdsLogs(directory) else {
      settings.temporary?.remove()
      return CommandFailure(text)
    }
    settings.temporary?.keep()
    return CommandFailure("\(text)\nwhat the containers wrote is below \(directory)")
  }

  /// Of a comparison its table, and in full what one of its modes should not have lost.
  private func summary(of outcome: RunOutcome) -> String {
    switch outcome {
    case .single(let result): summary(of: result)
    case .compared(let comparison):
      comparison.modes.filter { !$0.result.isGood }.map { summary(of: $0.result) }.joined()
        + comparison.text
    }
  }

  /// The table, what should be known beside it, and the verdict.
  private func summary(of result: RunResult) -> String {
    var lines = [ResultTable.text(result, showsAll: settings.showsAllNodes)]
    if !settings.showsAllNodes, result.nodes.count > ResultTable.mostNodes {
      lines.append(
        "the worst \(ResultTable.mostNodes) of \(result.nodes.count) nodes; all: --all\n")
    }
    lines += result.notes.map { $0 + "\n" }
    if let refusals = result.mapRefusals { lines.append(RunWording.text(refusals) + "\n") }
    lines += (result.fleetFigures?.lines ?? []).map { $0 + "\n" }
    let total = result.total
    let seconds = "\(result.duration.components.seconds) s"
    lines.append(
      result.isInterrupted
        ? "\(result.scenario), interrupted after \(seconds): \(total.duplicated) duplicated, "
          + "\(result.missing)\n"
        : "\(result.scenario): \(total.duplicated) duplicated, \(total.missing) lost of "
          + "\(total.written.grouped) records in \(seconds)\n")
    if let expected = result.expectedLossText, total.duplicated + total.missing > 0 {
      lines.append("expected here: \(expected)\n")
    }
    return lines.joined()
  }
}
