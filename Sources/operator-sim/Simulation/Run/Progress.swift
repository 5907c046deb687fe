/// Shows how far a simulation is: on a terminal as one line that changes, otherwise as plain lines.
final class Progress {
  private let sink: Simulation.Output
  private let interval: Duration
  private var lastShown: ContinuousClock.Instant?
  private var lineIsOpen = false

  init(_ sink: Simulation.Output) {
    self.sink = sink
    interval = sink.isTerminal ? .milliseconds(100) : .seconds(2)
  }

  /// Shows the state if it was not shown just before.
  /// - Parameter fraction: from 0 to 1.
  func show(_ fraction: Double, _ state: () -> String) {
    let now = ContinuousClock.now
    if let lastShown, now - lastShown < interval { return }
    lastShown = now
    let percent = String(Int((min(max(fraction, 0), 1) * 100).rounded(.down)))
    let line = String(repeating: " ", count: 3 - percent.count) + percent + "%  " + state()
    if sink.isTerminal {
      sink.write("\r" + line + "\u{1b}[K")
      lineIsOpen = true
    } else {
      sink.write(line + "\n")
    }
  }

  /// Writes a line that stays.
  func note(_ line: String) {
    end()
    sink.write(line + "\n")
  }

  /// Ends the line that changes.
  func end() {
    if lineIsOpen { sink.write("\r\u{1b}[K") }
    lineIsOpen = false
  }
}
